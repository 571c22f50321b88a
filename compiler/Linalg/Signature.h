// The function's border: from tensors of the onnx dialect to pointers, dimensions and destinations.
#ifndef COMPILER_LINALG_SIGNATURE_H
#define COMPILER_LINALG_SIGNATURE_H
#include "compiler/Linalg/Node.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace motion {

/// The new entry block of a function whose old one is being lowered.
class Signature {
public:
  Signature(mlir::func::FuncOp function, Node &node) : function(function), node(node) {}

  /// Makes the new entry block and the function's type and attributes; the old arguments' tensors are known afterwards.
  mlir::LogicalResult begin();
  /// Writes the operands of the old block's return into the outputs, returns, and drops the old block.
  mlir::LogicalResult end();

private:
  struct Border {
    mlir::RankedTensorType type;
    mlir::DictionaryAttr attributes;
    std::string name;
  };
  mlir::LogicalResult read();
  mlir::FailureOr<Sizes> sizesOf(const Border &border);
  /// Fills the null entries of an output's sizes from those of its tensor, and describes them: numbers, or derived dimensions. Entries that the
  /// arguments contradict are what a model declares falsely: as many elements as were computed must have room.
  mlir::LogicalResult deriveSizes(const Border &border, unsigned argument, Sizes &sizes, llvm::ArrayRef<mlir::OpFoldResult> computed);
  /// The name of an output's dimension that follows from the arguments.
  mlir::StringAttr nameOf(const Border &border, size_t axis, mlir::StringAttr declared, mlir::Value size);
  mlir::Value shaped(mlir::Value pointer, mlir::Type border, llvm::ArrayRef<mlir::OpFoldResult> sizes);
  mlir::LogicalResult refuse(const Border &border, const llvm::Twine &expected, const llvm::Twine &found);

  mlir::func::FuncOp function;
  Node &node;
  llvm::SmallVector<Border> inputs, outputs;
  llvm::StringMap<mlir::Value> dims;
  llvm::SmallVector<std::string> dimNames;
  llvm::SmallVector<mlir::Value> destinations; ///< null where the sizes are known at the end only
  mlir::Block *before = nullptr, *entry = nullptr;
};

} // namespace motion
#endif
