// Bufferization of the kernel dialect: contractions write their inits and read everything else; constants become read-only memrefs.
#include "dialects/Kernel/KernelDialect.h"

using namespace mlir;
using namespace mlir::bufferization;

namespace motion::kernel {

bool ContractOp::bufferizesToMemoryRead(OpOperand &operand, const AnalysisState &) { return !isDpsInit(&operand); }

bool ContractOp::bufferizesToMemoryWrite(OpOperand &operand, const AnalysisState &) { return isDpsInit(&operand); }

AliasingValueList ContractOp::getAliasingValues(OpOperand &operand, const AnalysisState &) {
  if (isDpsInit(&operand))
    return {{getTiedOpResult(&operand), BufferRelation::Equivalent}};
  return {};
}

/// An extra read at exactly the point that is written may share the init's buffer.
bool ContractOp::bufferizesToElementwiseAccess(const AnalysisState &, ArrayRef<OpOperand *> operands) {
  AffineMap init = getMap(getInitsMutable()[0]);
  return llvm::all_of(operands, [&](OpOperand *operand) {
    return operand->getOperandNumber() >= 2 && getMap(*operand) == init;
  });
}

LogicalResult ContractOp::bufferize(RewriterBase &rewriter, const BufferizationOptions &options, BufferizationState &state) {
  SmallVector<Value> operands, inits;
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType())) {
      operands.push_back(operand.get());
      continue;
    }
    FailureOr<Value> buffer = getBuffer(rewriter, operand.get(), options, state);
    if (failed(buffer))
      return failure();
    operands.push_back(*buffer);
    if (isDpsInit(&operand))
      inits.push_back(*buffer);
  }
  OperationState newState(getLoc(), getOperationName(), operands, TypeRange());
  newState.propertiesAttr = getOperation()->getPropertiesAsAttribute();
  Region *region = newState.addRegion();
  rewriter.inlineRegionBefore(getEpilogue(), *region, region->begin());
  rewriter.setInsertionPoint(getOperation());
  Operation *created = rewriter.create(newState);
  created->setDiscardableAttrs(getOperation()->getDiscardableAttrDictionary());
  replaceOpWithBufferizedValues(rewriter, getOperation(), inits);
  return success();
}

bool ConstantOp::isWritable(Value, const AnalysisState &) { return false; }

bool ConstantOp::bufferizesToAllocation(Value) { return false; }

LogicalResult ConstantOp::bufferize(RewriterBase &rewriter, const BufferizationOptions &, BufferizationState &) {
  auto type = cast<RankedTensorType>(getType());
  auto memref = ConstantOp::create(rewriter, getLoc(), MemRefType::get(type.getShape(), type.getElementType()), getOffset());
  replaceOpWithBufferizedValues(rewriter, getOperation(), {memref.getResult()});
  return success();
}

} // namespace motion::kernel
