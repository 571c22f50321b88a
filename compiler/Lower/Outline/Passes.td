// Kernels as functions: the first part of the lower stage.
#ifndef COMPILER_LOWER_OUTLINE_PASSES_TD
#define COMPILER_LOWER_OUTLINE_PASSES_TD
include "mlir/Pass/PassBase.td"

def OutlineKernelsPass : Pass<"motion-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Give every kernel a function of its own";
  let description = [{
    Every `scf.forall`, linalg op, contraction and copy of a function that is not in such a loop itself becomes
    `func.func private @NAME.<node>(pointers, scalars, lo, hi)`. Pointers are memrefs of rank 0, one per buffer, each `llvm.noalias`; the
    kernel rebuilds its memrefs. A loop runs its tiles lo to hi (numbers in row-major order), other kernels have neither lo nor hi.
    Attributes of the function: `kernel.nodes`, the names of the nodes it computes.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}
#endif
