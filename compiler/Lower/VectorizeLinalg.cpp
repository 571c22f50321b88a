// The pass motion-vectorize-linalg: every linalg op and copy on memrefs in, loops over explicit hardware vectors out.
//   linalg.generic {relu} ins(%x : memref<8x16xf32>) outs(%y)   becomes   one loop over 128 elements:
//   scf.for %i = 0 to 128 step 16 { %v = vector.load %x1[%i]; %r = arith.maximumf %v, %zero; vector.store %r, %y1[%i] }
// An op whose accesses are not linear in its loops becomes plain scalar loops.
#include "compiler/Lower/Passes.h"
#include "compiler/Lower/VectorizePlan.h"
#include "mlir/Dialect/Affine/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"

namespace motion {
#define GEN_PASS_DEF_VECTORIZELINALGPASS
#include "compiler/Lower/Passes.h.inc"
} // namespace motion

using namespace mlir;

/// Affine arithmetic in bodies becomes arith, which has vector forms.
static void expandAffine(RewriterBase &rewriter, linalg::GenericOp op) {
  SmallVector<affine::AffineApplyOp> applies;
  op.getRegion().walk([&](affine::AffineApplyOp apply) { applies.push_back(apply); });
  for (affine::AffineApplyOp apply : applies) {
    rewriter.setInsertionPoint(apply);
    auto values = affine::expandAffineMap(rewriter, apply.getLoc(), apply.getAffineMap(), apply.getOperands());
    if (values)
      rewriter.replaceOp(apply, *values);
  }
}

static LogicalResult vectorizeOp(RewriterBase &rewriter, linalg::LinalgOp op, unsigned vectorBits) {
  rewriter.setInsertionPoint(op);
  auto generic = dyn_cast<linalg::GenericOp>(*op);
  if (!generic) {
    FailureOr<linalg::GenericOp> made = linalg::generalizeNamedOp(rewriter, op);
    if (failed(made))
      return op.emitError("expected a linalg op with a body, found ") << op->getName();
    generic = *made;
  }
  expandAffine(rewriter, generic);
  rewriter.setInsertionPoint(generic);
  FailureOr<motion::vectorize::LoopNest> nest = motion::vectorize::describeNest(rewriter, generic);
  if (succeeded(nest))
    motion::vectorize::emitNest(rewriter, *nest, motion::vectorize::choosePlan(*nest, vectorBits));
  else if (failed(linalg::linalgOpToLoops(rewriter, generic)))
    return generic.emitError("expected a linalg op on buffers that can become loops");
  rewriter.eraseOp(generic);
  return success();
}

namespace {
struct VectorizeLinalgPass : motion::impl::VectorizeLinalgPassBase<VectorizeLinalgPass> {
  using Base::Base;

  void runOnOperation() override {
    if (vectorBits != 256 && vectorBits != 512) {
      getOperation()->emitError("expected vector-bits 256 or 512, found ") << vectorBits.getValue();
      return signalPassFailure();
    }
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](memref::CopyOp copy) {
      rewriter.setInsertionPoint(copy);
      if (!isa<MemRefType>(copy.getSource().getType()) || !isa<MemRefType>(copy.getTarget().getType()))
        return;
      linalg::makeMemRefCopyOp(rewriter, copy.getLoc(), copy.getSource(), copy.getTarget());
      rewriter.eraseOp(copy);
    });
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (op.hasPureBufferSemantics())
        ops.push_back(op);
    });
    for (linalg::LinalgOp op : ops)
      if (failed(vectorizeOp(rewriter, op, vectorBits)))
        return signalPassFailure();
  }
};
} // namespace
