// Registers dialects, external models and passes: the only list of them.
#include "compiler/Pipelines/Registration.h"
#include "compiler/Bufferize/Passes.h"
#include "compiler/Bufferize/Pipeline.h"
#include "compiler/Fuse/Passes.h"
#include "compiler/Linalg/Passes.h"
#include "compiler/Linalg/Pipeline.h"
#include "compiler/Lower/Contract/Passes.h"
#include "compiler/Lower/Outline/Passes.h"
#include "compiler/Lower/Passes.h"
#include "compiler/Lower/Pipeline.h"
#include "compiler/Simplify/Passes.h"
#include "compiler/Tile/Passes.h"
#include "dialects/Kernel/KernelDialect.h"
#include "dialects/Onnx/OnnxDialect.h"
#include "mlir/Dialect/Affine/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/TilingInterfaceImpl.h"
#include "mlir/Dialect/MemRef/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorInferTypeOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorTilingInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Dialect/Vector/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Vector/Transforms/SubsetOpInterfaceImpl.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void motion::registerDialects(DialectRegistry &registry) {
  registry.insert<onnx::OnnxDialect, kernel::KernelDialect, affine::AffineDialect, arith::ArithDialect, bufferization::BufferizationDialect,
                  cf::ControlFlowDialect, func::FuncDialect, linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect, ub::UBDialect, vector::VectorDialect>();
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  vector::registerBufferizableOpInterfaceExternalModels(registry);
  linalg::registerTilingInterfaceExternalModels(registry);
  tensor::registerTilingInterfaceExternalModels(registry);
  tensor::registerInferTypeOpInterfaceExternalModels(registry);
  linalg::registerSubsetOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  vector::registerSubsetOpInterfaceExternalModels(registry);
  affine::registerValueBoundsOpInterfaceExternalModels(registry);
  arith::registerValueBoundsOpInterfaceExternalModels(registry);
  scf::registerValueBoundsOpInterfaceExternalModels(registry);
  tensor::registerValueBoundsOpInterfaceExternalModels(registry);
  memref::registerValueBoundsOpInterfaceExternalModels(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

namespace {
struct LowerPipelineOptions : PassPipelineOptions<LowerPipelineOptions> {
  Option<unsigned> vectorBits{*this, "vector-bits", llvm::cl::desc("Bits of one hardware vector: 512 or 256"), llvm::cl::init(512)};
};
} // namespace

void motion::registerPasses() {
  registerCanonicalizerPass();
  registerCSEPass();
  registerLinalgPasses();
  registerContractPasses();
  registerFusePasses();
  registerOutlinePasses();
  registerSimplifyPasses();
  registerTilePasses();
  bufferization::registerEmptyTensorEliminationPass();
  bufferization::registerOneShotBufferizePass();
  registerBufferizePasses();
  PassPipelineRegistration<>("motion-linalg", "The linalg stage", [](OpPassManager &pm) { buildLinalgPipeline(pm); });
  PassPipelineRegistration<>("motion-bufferize", "The bufferize stage", [](OpPassManager &pm) { buildBufferizePipeline(pm); });
  registerLowerPasses();
  PassPipelineRegistration<LowerPipelineOptions>("motion-lower", "The lower stage",
                                                 [](OpPassManager &pm, const LowerPipelineOptions &options) { buildLowerPipeline(pm, {options.vectorBits}); });
}
