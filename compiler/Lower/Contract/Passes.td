// Passes of the emitter of contractions.
#ifndef COMPILER_LOWER_CONTRACT_PASSES_TD
#define COMPILER_LOWER_CONTRACT_PASSES_TD
include "mlir/Pass/PassBase.td"

def EmitContractPass : Pass<"motion-emit-contract"> {
  let summary = "Contractions on memrefs become loops over register tiles of hardware vectors";
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [Option<"vectorBits", "vector-bits", "unsigned", "512", "Width of a vector register: 512 (32 registers) or 256 (16)">];
}
#endif
