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
    Attributes of the function: `kernel.nodes`, the names of the nodes it computes; `kernel.tiles` when it takes lo and hi.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def ShareKernelsPass : Pass<"motion-share-kernels", "::mlir::ModuleOp"> {
  let summary = "Kernels with the same code share one function";
  let description = [{
    Of kernels that differ in name, nodes and location only, the first stays.
  }];
}

def ParallelizeKernelsPass : Pass<"motion-parallelize-kernels", "::mlir::ModuleOp"> {
  let summary = "Let the tasks of a host share the tiles of kernels";
  let description = [{
    The model's function gets a last argument `%host: memref<i8> {kernel.host}`, a `struct motion_host` or null. Without a host, or with one of a
    single thread, it runs as before. Else a kernel of several tiles is one `parallel` call: each task runs the kernel on its share of the
    tiles, in a scratch of its own. Shares are runs of tiles and tile borders are fixed: the results do not depend on the number of tasks.
    Calls the routine `motion_fork`.
  }];
  let options = [Option<"threads", "threads", "unsigned", "1", "tasks of a run at most">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}
#endif
