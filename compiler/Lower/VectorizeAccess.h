// How a linalg op walks through memory: one linear index per operand, one stride per loop. Shared by the Vectorize*.cpp files only.
#ifndef COMPILER_LOWER_VECTORIZEACCESS_H
#define COMPILER_LOWER_VECTORIZEACCESS_H
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace motion::vectorize {
/// A size or a stride in elements: an integer times index values. Equal products of the same values compare equal, so that
/// `stride == size * inner stride` is decided for symbolic shapes too.
struct Product {
  int64_t constant = 0;
  llvm::SmallVector<mlir::Value, 2> factors;

  static Product get(mlir::OpFoldResult value);
  bool isZero() const { return constant == 0; }
  bool isConstant() const { return factors.empty() || constant == 0; }
  bool isOne() const { return constant == 1 && factors.empty(); }
  bool operator==(const Product &other) const;
  Product operator*(const Product &other) const;
  mlir::Value materialize(mlir::OpBuilder &b, mlir::Location loc) const;
};

/// One loop. `sources` are the dimensions of the linalg op merged into it, outermost first.
struct LoopDim {
  Product size;
  bool reduction = false;
  bool indexed = false;
  llvm::SmallVector<unsigned, 2> sources;

  bool isStatic() const { return size.isConstant(); }
};

/// One operand of the linalg op. `base` is a one-dimensional view of the whole buffer (bool as bytes), or the scalar itself.
struct Operand {
  mlir::Value base;
  mlir::Value start; // linear index of iteration 0, or null for 0
  mlir::Type element;
  bool scalar = false;
  bool output = false;
  bool read = false;
  llvm::SmallVector<Product> strides;
};

/// A linalg op as loops with linear accesses.
struct LoopNest {
  mlir::linalg::GenericOp op;
  llvm::SmallVector<LoopDim> dims;
  llvm::SmallVector<Operand> operands;
  unsigned numInputs = 0;

  mlir::Block &body() { return op.getRegion().front(); }
};

/// Describes `op` (on memrefs and scalars), with loops merged where every operand allows it and loops of one step dropped.
/// Fails when a memref has no strided layout or a map is not linear in the loops.
mlir::FailureOr<LoopNest> describeNest(mlir::OpBuilder &b, mlir::linalg::GenericOp op);
} // namespace motion::vectorize
#endif
