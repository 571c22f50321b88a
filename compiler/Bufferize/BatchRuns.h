// Runs of ops that treat the elements of a batch (dimension 0 of what they write) one by one. Shared by the passes of the stage only.
#ifndef COMPILER_BUFFERIZE_BATCHRUNS_H
#define COMPILER_BUFFERIZE_BATCHRUNS_H
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseSet.h"
#include <optional>

namespace motion {

/// The buffer under a view whose dimension 0 is the buffer's own: views in between leave it whole. Null when it does not stay.
mlir::Value batchRoot(mlir::Value view);

/// An op of a run and how it uses its operands.
struct BatchMember {
  mlir::Operation *op = nullptr;
  mlir::OpFoldResult size;                       ///< of the batch
  mlir::SmallVector<mlir::OpOperand *> sliced, whole;
  int64_t sliceBytes = 0;                        ///< of an element of the batch, in all sliced operands
  int64_t wholeBytes = 0;                        ///< of the others, which are read again for every slice
};

/// The op as a member of a run; nothing when it does not treat a batch element by element.
std::optional<BatchMember> memberOf(mlir::Operation *op);

/// Ops that follow each other, over one batch. What they have in common is kept as they come: runs are as long as models.
class BatchRun {
public:
  mlir::SmallVector<BatchMember> members;

  /// Elements of the batch whose slices fit into the cache, for the op with the largest ones.
  int64_t elements(int64_t cached) const;
  /// Whether one more op may belong to the run.
  bool admits(const BatchMember &member, int64_t cached) const;
  void add(const BatchMember &member);
  /// One op reads what another one has written.
  bool passesData() const;

private:
  bool isBalanced(const BatchMember &member, int64_t cached) const;
  bool isIndependent(const BatchMember &member) const;

  int64_t largestSlice = 1, fewestElements = 0;
  llvm::DenseMap<mlir::Value, mlir::Value> sliced, written; ///< memory -> buffer; null in `sliced`: several
  llvm::DenseSet<mlir::Value> whole;                        ///< memory
};

} // namespace motion
#endif
