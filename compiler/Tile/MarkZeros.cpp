// Marks contractions of a constant whose other operand is what a rectifier leaves: about half of it is exactly 0, and more in trained models.
//   %h = kernel.contract ... { ... %r = arith.maximumf %s, %zero  kernel.yield %r }      %h = ...
//   %y = kernel.contract ins(%h, %constant)                                         ->   %y = kernel.contract ins(%h, %constant) ... skip_zeros
// Products with the zeros can be left out only where the constant holds no infinity or NaN; its values are not known here, so that the mark is taken
// back where they turn out so (see takeBackMarks).
#include "compiler/Tile/Passes.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

namespace motion {
#define GEN_PASS_DEF_MARKZEROSPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

bool isZero(Value value) { return matchPattern(value, m_AnyZeroFloat()); }

/// max(x, 0), or a choice between x and 0, perhaps with an upper limit.
bool isRectified(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<arith::MaximumFOp, arith::MaxNumFOp>(op))
    return isZero(op->getOperand(0)) || isZero(op->getOperand(1));
  if (isa_and_nonnull<arith::MinimumFOp, arith::MinNumFOp>(op))
    return isRectified(op->getOperand(0)) || isRectified(op->getOperand(1));
  if (auto select = dyn_cast_or_null<arith::SelectOp>(op))
    return isZero(select.getTrueValue()) || isZero(select.getFalseValue());
  return false;
}

/// Whether a tensor is what a rectifier leaves, perhaps in another shape or order.
bool holdsZeros(Value tensor) {
  auto result = dyn_cast<OpResult>(tensor);
  if (!result)
    return false;
  Operation *op = result.getOwner();
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp, linalg::TransposeOp>(op))
    return holdsZeros(op->getOperand(0));
  if (!isa<kernel::ContractOp, linalg::GenericOp>(op))
    return false;
  Block &body = op->getRegion(0).front();
  Value value = body.getTerminator()->getOperand(result.getResultNumber());
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (auto moved = dyn_cast<BlockArgument>(value); moved && generic && moved.getArgNumber() < generic.getInputs().size())
    return holdsZeros(generic.getInputs()[moved.getArgNumber()]);
  return isRectified(value);
}

struct MarkZerosPass : impl::MarkZerosPassBase<MarkZerosPass> {
  void runOnOperation() override {
    getOperation().walk([](kernel::ContractOp op) {
      const Type element = getElementTypeOrSelf(op.getB());
      if ((element.isF32() || element.isF64()) && kernel::ConstantOp::of(op.getB()) && holdsZeros(op.getA()))
        op.setSkipZeros(true);
    });
  }
};

} // namespace
} // namespace motion
