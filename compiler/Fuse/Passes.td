// Passes of the stage fuse.
#ifndef COMPILER_FUSE_PASSES_TD
#define COMPILER_FUSE_PASSES_TD
include "mlir/Pass/PassBase.td"

def FoldLayoutsPass : Pass<"motion-fold-layouts", "::mlir::func::FuncOp"> {
  let summary = "Transposes and flattenings move into indexing maps";
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def FuseElementwisePass : Pass<"motion-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Pointwise producers merge into their only consumer";
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def FuseEpiloguesPass : Pass<"motion-fuse-epilogues", "::mlir::func::FuncOp"> {
  let summary = "Pointwise consumers of a contraction become its epilogue";
  let dependentDialects = ["::motion::kernel::KernelDialect"];
}

def FuseExtractsPass : Pass<"motion-fuse-extracts", "::mlir::func::FuncOp"> {
  let summary = "Elements of tensors whose size data decides are computed where they are read";
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}
#endif
