// Passes of the stage linalg.
#ifndef COMPILER_LINALG_PASSES_TD
#define COMPILER_LINALG_PASSES_TD
include "mlir/Pass/PassBase.td"

def ConvertToLinalgPass : Pass<"motion-convert-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Operators become linalg, tensor and kernel ops in destination form";
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
                           "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::motion::kernel::KernelDialect"];
}
#endif
