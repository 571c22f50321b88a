// What the lowering of one operator sees: a builder at its place, its operands lowered already, and the ways to deliver results or refuse.
#ifndef COMPILER_LINALG_NODE_H
#define COMPILER_LINALG_NODE_H
#include "compiler/Linalg/Elements.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StructuredOpsUtils.h"

namespace motion {

/// A lowered tensor and the ONNX element type that its storage stands for.
struct Tensor {
  mlir::Value value;
  mlir::Type element;

  explicit operator bool() const { return static_cast<bool>(value); }
  mlir::RankedTensorType type() const { return llvm::cast<mlir::RankedTensorType>(value.getType()); }
  int64_t rank() const { return type().getRank(); }
  bool isFloat() const { return llvm::isa<mlir::FloatType>(element); }
};

using Sizes = llvm::SmallVector<mlir::OpFoldResult>;

/// A size as a product: a constant and values in a fixed order.
struct Factors {
  int64_t constant;
  llvm::SmallVector<mlir::Value> values;
  bool operator==(const Factors &other) const = default;
};

/// What is known about the values of a function while it is lowered.
struct LoweredValues {
  llvm::DenseMap<mlir::Value, Tensor> tensors;  ///< of the onnx dialect -> lowered
  llvm::DenseMap<mlir::Value, Sizes> scalars;   ///< small integer tensors of the onnx dialect: their elements, as index
  llvm::DenseMap<mlir::Value, Sizes> sizes;     ///< lowered tensors whose sizes cannot be read off their destination
  llvm::DenseMap<mlir::Value, Factors> factors; ///< of sizes that are products
  llvm::DenseMap<mlir::Attribute, llvm::SmallVector<mlir::Value>> applied; ///< affine.apply by map, so that equal sizes are one value
};

class OperatorList;

/// One operation of the onnx dialect while it is lowered: its operands as lowered tensors, its results to be set, and a builder with its location.
class Node : public mlir::ImplicitLocOpBuilder {
public:
  using Value = mlir::Value;
  Node(mlir::Operation *op, mlir::OpBuilder &builder, LoweredValues &values, const OperatorList &operators)
      : ImplicitLocOpBuilder(op->getLoc(), builder), op(op), values(values), operators(operators) {}

  mlir::Operation *getOperation() const { return op; }
  const OperatorList &getOperators() const { return operators; }
  LoweredValues &getValues() const { return values; }

  // ---- Operands ----
  /// The lowered tensor of an operand; empty for an absent one.
  Tensor get(Value onnx);
  /// The elements of a small integer operand: constants, expressions of dimensions, or values read from it at run time.
  std::optional<Sizes> scalars(Value onnx);
  /// The same without reading a tensor.
  std::optional<Sizes> knownScalars(Value onnx);
  /// The elements of an integer operand that are known now.
  std::optional<llvm::SmallVector<int64_t>> constants(Value onnx);
  /// The value of an onnx.Constant, or null.
  mlir::ElementsAttr constantAttr(Value onnx);

  // ---- Sizes ----
  /// One entry per dimension, read off the destination: equal dimensions are one value.
  Sizes sizes(Value tensor);
  Sizes sizes(const Tensor &tensor) { return sizes(tensor.value); }
  mlir::OpFoldResult apply(mlir::AffineExpr expr, llvm::ArrayRef<mlir::OpFoldResult> operands);
  mlir::OpFoldResult add(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult sub(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult mul(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult product(llvm::ArrayRef<mlir::OpFoldResult> sizes);
  /// Product of `sizes` over product of `divisors`, which divides it; common factors cancel.
  mlir::OpFoldResult quotient(llvm::ArrayRef<mlir::OpFoldResult> sizes, llvm::ArrayRef<mlir::OpFoldResult> divisors);
  Factors factors(mlir::OpFoldResult size);
  Factors factors(llvm::ArrayRef<mlir::OpFoldResult> sizes);
  mlir::OpFoldResult index(int64_t value) { return getIndexAttr(value); }
  Value indexValue(mlir::OpFoldResult size);
  /// Unknown sizes are replaced by those that shape inference found for a result.
  Sizes refine(Sizes sizes, Value onnxResult);

  // ---- Building ----
  Value empty(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type storage);
  Value filled(llvm::ArrayRef<mlir::OpFoldResult> sizes, Value scalar);
  /// The same elements in order under new sizes.
  Tensor reshape(const Tensor &tensor, llvm::ArrayRef<mlir::OpFoldResult> sizes);
  Value cast(Value tensor, mlir::Type type);

  // ---- Results ----
  mlir::LogicalResult set(Value onnxResult, const Tensor &tensor);
  /// A result given by its elements; a tensor is made only if something needs it.
  mlir::LogicalResult setScalars(Value onnxResult, Sizes elements);
  /// Reports that the node cannot be compiled: "Gemm: expected ..., found ...".
  mlir::LogicalResult refuse(const llvm::Twine &expected, const llvm::Twine &found);

private:
  Tensor materialise(Value onnx, llvm::ArrayRef<mlir::OpFoldResult> elements);
  Tensor materialiseConstant(Value onnx, mlir::ElementsAttr value);
  Sizes computeSizes(Value tensor);
  mlir::OpFoldResult product(const Factors &factors);

  mlir::Operation *op;
  LoweredValues &values;
  const OperatorList &operators;
};

/// "f32", "ui8": a type as a diagnostic shows it.
std::string spell(mlir::Type type);
std::string spell(llvm::ArrayRef<int64_t> values);
/// A negative axis counts from the end.
inline int64_t normaliseAxis(int64_t axis, int64_t rank) { return axis < 0 ? axis + rank : axis; }
/// True if both are the same constant or the same value.
bool sameSize(mlir::OpFoldResult a, mlir::OpFoldResult b);
std::optional<int64_t> constantSize(mlir::OpFoldResult size);

} // namespace motion
#endif
