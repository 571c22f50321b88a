// The pass motion-convert-to-llvm: memref, vector, scf, affine, arith, math and func in, the LLVM dialect out, in one conversion.
//   func.func @f(%x: memref<f32> {llvm.noalias}, %n: index)   becomes   llvm.func @f(%x: !llvm.ptr {llvm.noalias}, %n: i64)
// Buffers are bare pointers: every memref that crosses a function's border has static strides and no offset. A bool in memory is a byte.
#include "compiler/Lower/Passes.h"
#include "compiler/Rewrite/Config.h"
#include "mlir/Conversion/AffineToStandard/AffineToStandard.h"
#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/FuncToLLVM/ConvertFuncToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Conversion/MathToLLVM/MathToLLVM.h"
#include "mlir/Conversion/MemRefToLLVM/MemRefToLLVM.h"
#include "mlir/Conversion/SCFToControlFlow/SCFToControlFlow.h"
#include "mlir/Conversion/UBToLLVM/UBToLLVM.h"
#include "mlir/Conversion/VectorToLLVM/ConvertVectorToLLVM.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/Vector/Transforms/LoweringPatterns.h"
#include "mlir/Dialect/Vector/Transforms/VectorRewritePatterns.h"

namespace motion {
#define GEN_PASS_DEF_CONVERTTOLLVMPASS
#include "compiler/Lower/Passes.h.inc"
} // namespace motion

using namespace mlir;

namespace {
/// Casts between memrefs of bool and of bytes: the descriptors are the same.
struct DropMemRefCast : OpConversionPattern<UnrealizedConversionCastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult matchAndRewrite(UnrealizedConversionCastOp op, OpAdaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    if (op.getNumOperands() != 1 || op.getNumResults() != 1 || !isa<MemRefType>(op.getOperand(0).getType()) || !isa<MemRefType>(op.getResult(0).getType()))
      return rewriter.notifyMatchFailure(op, "expected a cast between two memrefs");
    rewriter.replaceOp(op, adaptor.getInputs());
    return success();
  }
};

/// Saturating conversion: no value of a float is undefined, NaN is 0.
template <typename OpTy>
struct ConvertFloatToInt : OpConversionPattern<OpTy> {
  ConvertFloatToInt(const TypeConverter &converter, MLIRContext *context, StringRef name)
      : OpConversionPattern<OpTy>(converter, context, /*benefit=*/10), name(name) {}

  LogicalResult matchAndRewrite(OpTy op, typename OpTy::Adaptor adaptor, ConversionPatternRewriter &rewriter) const override {
    Type type = this->getTypeConverter()->convertType(op.getType());
    rewriter.replaceOpWithNewOp<LLVM::CallIntrinsicOp>(op, type, rewriter.getStringAttr(name), ValueRange{adaptor.getIn()});
    return success();
  }
  StringRef name;
};

/// Whether a dimension becomes several of unknown size: upstream's patterns take one at most.
bool isUnknownSplit(memref::ExpandShapeOp op) {
  const ArrayRef<int64_t> shape = op.getResultType().getShape();
  return llvm::any_of(op.getReassociationIndices(), [&](ArrayRef<int64_t> group) {
    return llvm::count_if(group, [&](int64_t dim) { return ShapedType::isDynamic(shape[dim]); }) > 1;
  });
}

/// The sizes are those of the op, and the stride of a dimension is the product of the next one's stride and size.
void castUnknownSplit(memref::ExpandShapeOp op) {
  IRRewriter b(op);
  auto source = memref::ExtractStridedMetadataOp::create(b, op.getLoc(), op.getSrc());
  const SmallVector<OpFoldResult> sizes = op.getMixedOutputShape(), sourceStrides = source.getConstifiedMixedStrides();
  SmallVector<OpFoldResult> strides(sizes.size());
  for (auto [stride, group] : llvm::zip(sourceStrides, op.getReassociationIndices())) {
    OpFoldResult next = stride;
    for (int64_t dim : llvm::reverse(group)) {
      strides[dim] = next;
      next = affine::makeComposedFoldedAffineApply(b, op.getLoc(), b.getAffineSymbolExpr(0) * b.getAffineSymbolExpr(1), {next, sizes[dim]});
    }
  }
  b.replaceOpWithNewOp<memref::ReinterpretCastOp>(op, op.getResultType(), source.getBaseBuffer(), source.getConstifiedMixedOffset(), sizes, strides);
}

struct ConvertToLLVMPass : motion::impl::ConvertToLLVMPassBase<ConvertToLLVMPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(simplifyAddresses()) || failed(convert()))
      signalPassFailure();
  }

private:
  /// Subviews, reshapes and affine maps become arithmetic on one base pointer.
  LogicalResult simplifyAddresses() {
    SmallVector<memref::ExpandShapeOp> splits;
    getOperation().walk([&](memref::ExpandShapeOp op) {
      if (isUnknownSplit(op))
        splits.push_back(op);
    });
    llvm::for_each(splits, castUnknownSplit);
    RewritePatternSet patterns(&getContext());
    memref::populateFoldMemRefAliasOpPatterns(patterns);
    memref::populateExpandStridedMetadataPatterns(patterns);
    affine::populateAffineExpandIndexOpsPatterns(patterns);
    populateAffineToStdConversionPatterns(patterns);
    vector::populateVectorMaskMaterializationPatterns(patterns, /*force32BitVectorIndices=*/true);
    vector::populateVectorStepLoweringPatterns(patterns);
    arith::populateExpandBFloat16Patterns(patterns); // by bits: no call of a conversion routine
    return applyPatternsGreedily(getOperation(), std::move(patterns), motion::rewriteConfig());
  }

  LogicalResult convert() {
    MLIRContext *context = &getContext();
    LowerToLLVMOptions options(context);
    options.useBarePtrCallConv = true;
    LLVMTypeConverter converter(context, options);
    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    target.addIllegalOp<UnrealizedConversionCastOp>();
    RewritePatternSet patterns(context);
    patterns.add<DropMemRefCast>(converter, context);
    patterns.add<ConvertFloatToInt<arith::FPToSIOp>>(converter, context, "llvm.fptosi.sat");
    patterns.add<ConvertFloatToInt<arith::FPToUIOp>>(converter, context, "llvm.fptoui.sat");
    populateSCFToControlFlowConversionPatterns(patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    populateMathToLLVMConversionPatterns(converter, patterns);
    populateFinalizeMemRefToLLVMConversionPatterns(converter, patterns);
    populateFuncToLLVMConversionPatterns(converter, patterns);
    populateVectorToLLVMConversionPatterns(converter, patterns);
    ub::populateUBToLLVMConversionPatterns(converter, patterns);
    return applyFullConversion(getOperation(), target, std::move(patterns));
  }
};
} // namespace
