// The passes of the stage lower: memrefs, linalg and contractions in, the LLVM dialect out.
#ifndef COMPILER_LOWER_PASSES_TD
#define COMPILER_LOWER_PASSES_TD
include "mlir/Pass/PassBase.td"

def VectorizeLinalgPass : Pass<"motion-vectorize-linalg"> {
  let summary = "Turns linalg on memrefs into loops over explicit hardware vectors";
  let options = [Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"512", "Bits of one hardware vector: 512 or 256">];
  let dependentDialects = ["mlir::affine::AffineDialect", "mlir::arith::ArithDialect", "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"];
}

def ExpandMathPass : Pass<"motion-expand-math", "mlir::ModuleOp"> {
  let summary = "Replaces mathematical functions by polynomials, within 2 ulp";
  let dependentDialects = ["mlir::arith::ArithDialect", "mlir::func::FuncDialect", "mlir::LLVM::LLVMDialect", "mlir::memref::MemRefDialect",
                           "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"];
}

def ConvertToLLVMPass : Pass<"motion-convert-to-llvm", "mlir::ModuleOp"> {
  let summary = "Turns everything left into the LLVM dialect, buffers into bare pointers";
  let dependentDialects = ["mlir::affine::AffineDialect", "mlir::arith::ArithDialect", "mlir::cf::ControlFlowDialect", "mlir::LLVM::LLVMDialect",
                           "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"];
}

#endif
