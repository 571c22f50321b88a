// What RNN, GRU and LSTM have in common: operands per direction, activations, steps in time.
#ifndef COMPILER_LINALG_RECURRENCE_H
#define COMPILER_LINALG_RECURRENCE_H
#include "compiler/Linalg/Elementwise.h"

namespace motion {

/// An activation function by ONNX's name.
struct Activation {
  std::string name;
  double alpha = 0, beta = 0;
  mlir::Value operator()(Scalars &s, mlir::Value x) const;
};

/// The attributes and operands of a recurrent operator; absent tensors are empty.
struct Recurrence {
  Node &node;
  int64_t gates;
  Tensor x, w, r, bias, lengths, initialH, initialC, peepholes;
  bool batchFirst = false;
  double clip = 0;
  std::string direction = {};
  llvm::SmallVector<Activation> activations = {};

  int64_t hidden = 0;
  mlir::OpFoldResult steps = nullptr, batch = nullptr;
  mlir::Type type = nullptr;

  /// Checks the operands and works out the sizes; reads names of activations, `defaults` where there are none.
  mlir::LogicalResult begin(std::optional<mlir::ArrayAttr> names, std::optional<llvm::ArrayRef<float>> alphas,
                            std::optional<llvm::ArrayRef<float>> betas, llvm::ArrayRef<llvm::StringRef> defaults);
  int64_t directions() const { return direction == "bidirectional" ? 2 : 1; }
  bool isReverse(int64_t d) const { return d == 1 || direction == "reverse"; }
  const Activation &activation(int64_t d, size_t which) const { return activations[d * (activations.size() / directions()) + which]; }
  mlir::Value activate(Scalars &s, int64_t d, size_t which, mlir::Value value) const;

  /// One direction of an operand [directions, ...]; empty for an absent one.
  Tensor ofDirection(const Tensor &tensor, int64_t d);
  /// x times w, for all steps: [steps, batch, gates, hidden].
  Tensor inputProducts(int64_t d);
  /// Those of one step: [batch, gates, hidden].
  Tensor atStep(const Tensor &products, mlir::OpFoldResult step);
  /// Gates `first` to `first + count` of r: [count * hidden, hidden].
  Tensor stateMatrix(int64_t d, int64_t first, int64_t count);
  /// h times a state matrix of `count` gates: [batch, count, hidden].
  Tensor stateProducts(const Tensor &h, const Tensor &matrix, int64_t count);
  /// A state at the start: [batch, hidden].
  Tensor initialState(const Tensor &given, int64_t d);
  /// The sum of both biases, gate by gate, [gates, hidden], or empty; gate `apart` gets the first one only.
  Tensor sumOfBiases(int64_t d, int64_t apart = -1);
  /// The second bias: [gates, hidden], or empty.
  Tensor stateBias(int64_t d);

  /// One result [batch, hidden] of one step; maps as below. Where the sequence has ended: `ended`, or zeros when it is empty.
  Tensor perState(mlir::OpFoldResult step, llvm::ArrayRef<Tensor> inputs, llvm::ArrayRef<mlir::AffineMap> maps, const Tensor &ended, ScalarBody body);
  mlir::AffineMap state() { return mlir::AffineMap::getMultiDimIdentityMap(2, node.getContext()); }
  mlir::AffineMap gate(int64_t g) { return map({node.getAffineDimExpr(0), node.getAffineConstantExpr(g), node.getAffineDimExpr(1)}); }
  mlir::AffineMap vector(int64_t g) { return map({node.getAffineConstantExpr(g), node.getAffineDimExpr(1)}); }

  /// The tensor of all h: [steps, directions, batch, hidden], or [batch, steps, directions, hidden].
  Tensor emptyRecord();
  /// Runs all steps of a direction: `step` gives h of one step for y, and changes `states`. Few steps are unrolled, others become a loop.
  void run(int64_t d, Tensor &y, llvm::ArrayRef<Tensor *> states, llvm::function_ref<Tensor(mlir::OpFoldResult)> step);
  /// The last states of all directions: [directions, batch, hidden], or [batch, directions, hidden].
  Tensor lastStates(llvm::ArrayRef<Tensor> states);
  mlir::LogicalResult set(mlir::Value result, const Tensor &computed);

private:
  /// The sizes of y, and those of one step of one direction in it.
  Sizes recordSizes(mlir::OpFoldResult steps, mlir::OpFoldResult directions);
  void record(Tensor &y, const Tensor &h, mlir::OpFoldResult step, int64_t d);
  void runLoop(int64_t d, Tensor &y, llvm::ArrayRef<Tensor *> states, llvm::function_ref<Tensor(mlir::OpFoldResult)> step);
  mlir::AffineMap map(llvm::ArrayRef<mlir::AffineExpr> exprs) { return mlir::AffineMap::get(2, 0, exprs, node.getContext()); }
};

} // namespace motion
#endif
