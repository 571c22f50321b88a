// From the onnx dialect to linalg, tensor and kernel ops in destination form (compiler/README.md), operator by operator through the list in
// Operators.h. Every node that cannot be lowered is reported in one run.
#include "compiler/Linalg/CheckSizes.h"
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/LowerBlock.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Passes.h"
#include "compiler/Linalg/ResultShapes.h"
#include "compiler/Linalg/ShapeChains.h"
#include "compiler/Linalg/Signature.h"
#include "dialects/Kernel/KernelDialect.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace motion {
#define GEN_PASS_DEF_CONVERTTOLINALGPASS
#include "compiler/Linalg/Passes.h.inc"

using namespace mlir;

static LogicalResult lowerWeight(Node &node, kernel::WeightOp weight) {
  auto type = cast<RankedTensorType>(weight.getType());
  const Type element = type.getElementType();
  if (element.getIntOrFloatBitWidth() < 8 && !element.isInteger(1))
    return emitError(weight.getLoc()) << "initialiser: expected elements of whole bytes, found " << spell(element);
  const Type outside = element.isInteger(1) ? node.getIntegerType(8, false) : element;
  Value stored = kernel::WeightOp::create(node, RankedTensorType::get(type.getShape(), storageType(outside)), weight.getId());
  node.getValues().tensors[weight.getResult()] = convertTensor(node, {stored, outside}, element);
  return success();
}

/// What stands for the results of a node that was refused, so that the nodes after it are still checked.
static void setPlaceholders(Node &node) {
  for (Value result : node.getOperation()->getResults()) {
    auto type = dyn_cast<RankedTensorType>(result.getType());
    if (type && type.hasStaticShape() && type.getElementType().isIntOrFloat() && !node.get(result))
      node.getValues().tensors[result] = {tensor::EmptyOp::create(node, type.getShape(), storageType(type.getElementType())), type.getElementType()};
  }
}

static bool isAvailable(Node &node, Value operand) {
  const LoweredValues &values = node.getValues();
  return values.tensors.contains(operand) || values.scalars.contains(operand) || node.constantAttr(operand);
}

static LogicalResult lowerOperation(Node &node) {
  Operation *op = node.getOperation();
  if (auto weight = dyn_cast<kernel::WeightOp>(op))
    return lowerWeight(node, weight);
  if (auto constant = dyn_cast<onnx::ConstantOp>(op))
    return constant.getValueAttr() ? success() : node.refuse("a dense value", "strings or another form");
  const OperatorList::Lowering *lowering = node.getOperators().find(op->getName().getStringRef());
  if (!lowering)
    return emitError(op->getLoc()) << op->getName().stripDialect() << ": this operator is not supported";
  for (Type type : llvm::concat<Type>(llvm::to_vector(op->getOperandTypes()), llvm::to_vector(op->getResultTypes())))
    if (!isa<RankedTensorType>(type) || !cast<RankedTensorType>(type).getElementType().isIntOrFloat())
      return node.refuse("tensors of numbers", spell(type));
  // After a refused node of unknown shape.
  if (!llvm::all_of(op->getOperands(), [&](Value operand) { return isAvailable(node, operand); }))
    return failure();
  if (succeeded(foldShapeChain(node)))
    return success();
  return (*lowering)(node);
}

LogicalResult lowerBlock(Block &block, OpBuilder &builder, LoweredValues &values, const OperatorList &operators) {
  bool good = true;
  for (Operation &op : block.without_terminator()) {
    Node node(&op, builder, values, operators);
    if (failed(lowerOperation(node))) {
      good = false;
      setPlaceholders(node);
    }
  }
  return success(good);
}

namespace {

struct ConvertToLinalgPass : impl::ConvertToLinalgPassBase<ConvertToLinalgPass> {
  void runOnOperation() override {
    for (func::FuncOp function : getOperation().getOps<func::FuncOp>())
      if (!function.isDeclaration() && failed(convert(function)))
        signalPassFailure();
  }

  static LogicalResult convert(func::FuncOp function) {
    OpBuilder builder(function.getContext());
    LoweredValues values;
    Node border(function, builder, values, operatorList());
    Signature signature(function, border);
    takeShapesFromResults(function.getBody().front(), function.getResultTypes());
    Block *before = &function.getBody().front();
    if (failed(signature.begin()))
      return failure();
    builder.setInsertionPointToEnd(&function.getBody().front());
    const bool good = succeeded(lowerBlock(*before, builder, values, operatorList()));
    border.setInsertionPointToEnd(&function.getBody().front());
    if (!good || failed(checkSizes(function.getBody().front(), values)) || failed(signature.end()))
      return failure();
    before->dropAllDefinedValueUses();
    before->erase();
    return success();
  }
};

} // namespace
} // namespace motion
