// The bufferize stage's passes: tensors in destination form in, memrefs inside one planned workspace out.
#ifndef COMPILER_BUFFERIZE_PASSES_TD
#define COMPILER_BUFFERIZE_PASSES_TD
include "mlir/Pass/PassBase.td"

def PrepareDestinationsPass : Pass<"motion-prepare-destinations", "::mlir::func::FuncOp"> {
  let summary = "Arrange destinations so that bufferization needs no copies";
  let description = [{
    Gives every use of a `tensor.empty` its own one, moves arithmetic on dimensions and views of arguments to the head of the function, so that
    a destination exists before the op that can write to it, and turns a reshape just before an output into a view of the output argument.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::tensor::TensorDialect"];
}

def RemoveCopiesPass : Pass<"motion-remove-copies", "::mlir::func::FuncOp"> {
  let summary = "Write results where they are copied to, and drop buffers that nobody reads";
  let description = [{
    `memref.copy %alloc, %out` goes away, and `%alloc` becomes `%out`, when the copy is the alloc's last use and nothing touches the output's
    buffer before it. Copies of a view to itself go away, and allocs that are only written, with their writers.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def SliceBatchesPass : Pass<"motion-slice-batches", "::mlir::func::FuncOp"> {
  let summary = "Go through several ops with a few elements of the batch at a time";
  let description = [{
    Neighbouring ops that treat every element of a batch by itself become a loop over slices of the batch, as many elements as stay in the
    second-level cache, when one op's result is the next one's operand. Buffers that only the loop uses hold one slice. Ops whose weights are much
    larger than their slices end a run: the weights come again for every slice.
  }];
  let options = [Option<"cacheBytes", "cache-bytes", "int64_t", "524288", "bytes of one op's slices that stay in the second-level cache">];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect"];
}

def PlanMemoryPass : Pass<"motion-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Place every buffer in one workspace";
  let description = [{
    Replaces every `memref.alloc` by a view into `%workspace`, every `kernel.constant` by a view into `%constants` (both new last arguments),
    and adds `@NAME.workspace(dims) -> index`, the workspace's size in bytes. Buffers with static sizes have constant offsets, the others
    offsets that are computed once at the function's head. Allocs in the body of an `scf.forall` are scratch: one area for each of `threads`
    slices, a view with the attribute `kernel.scratch` that stands for the first of them.
  }];
  let options = [Option<"threads", "threads", "unsigned", "1", "slices of a kernel that may run at the same time">];
  let dependentDialects = ["::mlir::memref::MemRefDialect", "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect"];
}
#endif
