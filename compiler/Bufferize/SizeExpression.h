// Sizes of buffers as index values at the head of a function.
#ifndef COMPILER_BUFFERIZE_SIZEEXPRESSION_H
#define COMPILER_BUFFERIZE_SIZEEXPRESSION_H
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"

namespace motion {

/// A size in bytes: `bytes` times the product of `factors`, index values at the head of the function in order of their first use.
struct SizeExpression {
  int64_t bytes = 0;
  llvm::SmallVector<mlir::Value> factors; ///< empty: static
};

/// Bytes of one element in memory: whole bytes, a power of two; bool and sub-byte types one each.
int64_t elementBytes(mlir::Type type);

/// Makes index values of a function available at one place by cloning the pure arithmetic that they come from.
class HeadValues {
public:
  /// Clones go where `builder` inserts. `arguments` maps the function's index arguments to values there.
  HeadValues(mlir::OpBuilder builder, const mlir::IRMapping &arguments) : b(builder), known(arguments) {}

  /// A value there that equals `value`; null when it depends on something that only the run computes.
  mlir::Value get(mlir::Value value);

  /// Size of a buffer. Dimensions that vary inside `level` (a loop over tiles, or null) are replaced by their upper bounds. Fails when
  /// there is a dimension that is neither known nor bounded.
  llvm::FailureOr<SizeExpression> getSize(mlir::memref::AllocOp alloc, mlir::Operation *level);

  /// `size`, multiplied out and rounded up to the alignment of buffers.
  mlir::Value multiplyOut(mlir::Location loc, int64_t bytes, mlir::ValueRange factors);

  mlir::OpBuilder &builder() { return b; }

private:
  mlir::OpFoldResult getBounded(mlir::Value value, mlir::Operation *level);
  unsigned numberOf(mlir::Value value) { return numbers.try_emplace(value, numbers.size()).first->second; }

  mlir::OpBuilder b;
  mlir::IRMapping known;
  llvm::DenseMap<mlir::Value, unsigned> numbers;
};

} // namespace motion
#endif
