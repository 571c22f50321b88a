// The loops of a contraction in the order in which they are emitted, and the arithmetic of their borders. Shared by what walks columns and what walks rows.
#ifndef COMPILER_LOWER_CONTRACT_LOOPNEST_H
#define COMPILER_LOWER_CONTRACT_LOOPNEST_H
#include "compiler/Lower/Contract/RegisterTile.h"

namespace motion::contract {

/// Bytes of a, or of panels of b, that stay in the second-level cache beside what else goes through it.
constexpr int64_t largestCached = 512 * 1024;

/// Offsets into all operands, as in LinearForm: a, b, extras..., inits...
using Offsets = mlir::ArrayRef<mlir::OpFoldResult>;

/// The loops of one contraction, divided by what they move. Emits at the builder's insertion point; lives while the contraction is emitted.
class LoopNest {
public:
  using Body = mlir::function_ref<void(Offsets)>;
  using MovedOffsets = mlir::SmallVector<mlir::OpFoldResult>;

  LoopNest(mlir::OpBuilder &b, kernel::ContractOp op, LinearForm form, Registers registers);

  /// offsets + steps * strides, operand by operand.
  MovedOffsets advance(Offsets offsets, mlir::OpFoldResult steps, mlir::ArrayRef<mlir::OpFoldResult> strides);
  /// for iv in [begin, end) step: body(iv). Emits nothing for an empty static range, no loop for a single step.
  void forRange(mlir::OpFoldResult begin, mlir::OpFoldResult end, int64_t step, mlir::function_ref<void(mlir::OpFoldResult)> body);
  /// All points of `loops`, the last one innermost; `position` says where they stand.
  void forPoints(mlir::ArrayRef<Loop> loops, Offsets offsets, Body body);
  /// i1: value == number.
  mlir::Value isEqual(mlir::OpFoldResult value, int64_t number);
  /// if condition: yes() else: no().
  void choose(mlir::Value condition, mlir::function_ref<void()> yes, mlir::function_ref<void()> no);

  int64_t elementBytes() const { return registers.bits / 8 / lanes; }
  bool isPacked() const { return form.panels >= 0; }
  /// The panels of b do not stay in the second-level cache, or, where their number is not known, may not.
  bool streamsPanels() const;

  /// A loop of the contraction that some padding follows from.
  bool isPadded(unsigned dimension) const;
  /// The positions of a loop for which no tap of its own paddings lies outside, and those paddings.
  std::tuple<mlir::OpFoldResult, mlir::OpFoldResult, mlir::SmallVector<const Padding *>> interior(const Loop &row);
  /// The loops over the reduction, merged and clamped to the taps that lie inside where the loops stand. `inside`: paddings whose taps all do.
  mlir::SmallVector<Reduction> clampedReductions(mlir::ArrayRef<const Padding *> inside);

  mlir::OpBuilder &b;
  mlir::Location loc;
  IndexMath math;
  kernel::ContractOp op;
  LinearForm form;
  Registers registers;
  int64_t lanes = 0;                                       ///< elements of a vector
  mlir::SmallVector<Loop> batch, others, reductions;       ///< parallel loops with and without a stride in b, and the others
  Loop laneLoop, panelLoop;
  llvm::DenseMap<unsigned, mlir::OpFoldResult> position;   ///< where the loops stand, by contraction dimension

private:
  void sortLoops();
  std::optional<std::pair<mlir::OpFoldResult, int64_t>> tapsOf(const Padding &padding);
  std::optional<int64_t> coefficientOf(const Padding &padding, const Loop &loop);
  mlir::OpFoldResult shiftWithout(const Padding &padding, unsigned without);
  void clamp(Reduction &reduction, const Padding &padding, unsigned dimension, int64_t dilation);
};

} // namespace motion::contract
#endif
