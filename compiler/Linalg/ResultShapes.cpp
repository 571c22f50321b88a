// Values of one unknown shape have the shape of any of them that is known:
//   Range -> tensor<?xf32>, Mul by a scalar -> tensor<?xf32>, Cos -> tensor<?xf32>, Cast -> tensor<10xf32>     =>     tensor<10xf32> all the way
// What is computed when running then has a fixed size: the length of a Range, the axes of a reduction.
#include "compiler/Linalg/ResultShapes.h"
#include "dialects/Onnx/OnnxOps.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;

namespace motion {
namespace {

bool isPointwise(Operation &op) {
  return isa<onnx::AbsOp, onnx::AddOp, onnx::AndOp, onnx::CastOp, onnx::CeilOp, onnx::CosOp, onnx::DivOp, onnx::EqualOp, onnx::ErfOp, onnx::ExpOp,
             onnx::FloorOp, onnx::GreaterOp, onnx::GreaterOrEqualOp, onnx::IdentityOp, onnx::LessOp, onnx::LessOrEqualOp, onnx::LogOp, onnx::MaxOp,
             onnx::MinOp, onnx::ModOp, onnx::MulOp, onnx::NegOp, onnx::NotOp, onnx::OrOp, onnx::PowOp, onnx::ReciprocalOp, onnx::ReluOp, onnx::RoundOp,
             onnx::SigmoidOp, onnx::SignOp, onnx::SinOp, onnx::SqrtOp, onnx::SubOp, onnx::TanhOp, onnx::WhereOp, onnx::XorOp>(op);
}

RankedTensorType tensorType(Value value) { return dyn_cast<RankedTensorType>(value.getType()); }

using Classes = llvm::EquivalenceClasses<const void *>;

/// The operand whose shape is the result's, whatever that is; null where broadcasting may change it. One element changes no shape of its rank.
Value operandOfSameShape(Operation &op, const Classes &classes) {
  if (isa<onnx::CastLikeOp>(op))
    return op.getOperand(0);
  RankedTensorType type = op.getNumResults() == 1 ? tensorType(op.getResult(0)) : nullptr;
  if (!type || !isPointwise(op))
    return {};
  Value only;
  for (Value operand : op.getOperands()) {
    RankedTensorType shape = tensorType(operand);
    if (shape && shape.hasStaticShape() && shape.getNumElements() == 1)
      continue;
    if (!shape || shape.getRank() != type.getRank() || (only && !classes.isEquivalent(only.getAsOpaquePointer(), operand.getAsOpaquePointer())))
      return {};
    only = operand;
  }
  return only;
}

} // namespace

void takeShapesFromResults(Block &block, TypeRange results) {
  Classes classes;
  DenseMap<const void *, RankedTensorType> shapes;
  const auto know = [&](Value value, Type type) {
    const void *leader = classes.getOrInsertLeaderValue(value.getAsOpaquePointer());
    if (auto known = dyn_cast<RankedTensorType>(type); known && known.hasStaticShape())
      shapes.try_emplace(leader, known);
  };
  for (Operation &op : block.without_terminator())
    if (Value operand = operandOfSameShape(op, classes))
      classes.unionSets(op.getResult(0).getAsOpaquePointer(), operand.getAsOpaquePointer());
  for (auto [value, type] : llvm::zip(block.getTerminator()->getOperands(), results))
    know(value, type);
  for (Operation &op : block.without_terminator())
    for (Value result : op.getResults())
      know(result, result.getType());
  for (Operation &op : block.without_terminator())
    for (Value result : op.getResults()) {
      RankedTensorType type = tensorType(result), known = shapes.lookup(classes.getLeaderValue(result.getAsOpaquePointer()));
      if (known && type && !type.hasStaticShape() && succeeded(verifyCompatibleShape(known, type)))
        result.setType(type.clone(known.getShape()));
    }
}

} // namespace motion
