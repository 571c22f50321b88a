// Passes of the stage tile.
#ifndef COMPILER_TILE_PASSES_TD
#define COMPILER_TILE_PASSES_TD
include "mlir/Pass/PassBase.td"

def PackContractionsPass : Pass<"motion-pack-contractions", "::mlir::func::FuncOp"> {
  let summary = "Second operands of contractions become panels of whole vectors";
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
  let options = [Option<"vectorBits", "vector-bits", "unsigned", "512", "Width of a vector register">];
}

def GeneralizeContractionsPass : Pass<"motion-generalize-contractions", "::mlir::func::FuncOp"> {
  let summary = "Contractions without a vector dimension become linalg.generic";
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ResolveSizesPass : Pass<"motion-resolve-sizes", "::mlir::func::FuncOp"> {
  let summary = "Sizes of tensors follow from the function's arguments";
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"];
}

def NarrowFillsPass : Pass<"motion-narrow-fills", "::mlir::func::FuncOp"> {
  let summary = "A fill whose inside is replaced fills its borders only";
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::tensor::TensorDialect"];
}

def ExtractConstantsPass : Pass<"motion-extract-constants", "::mlir::ModuleOp"> {
  let summary = "What depends on weights alone moves to @NAME.constants, which runs when compiling";
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
                           "::motion::kernel::KernelDialect"];
}

def MarkZerosPass : Pass<"motion-mark-zeros", "::mlir::func::FuncOp"> {
  let summary = "Contractions of what a rectifier leaves are marked: they may skip its zeros";
}

def FormKernelsPass : Pass<"motion-form-kernels", "::mlir::func::FuncOp"> {
  let summary = "Large ops become scf.forall over static slices";
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}
#endif
