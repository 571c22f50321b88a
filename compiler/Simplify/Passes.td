// Passes of the stage simplify.
#ifndef COMPILER_SIMPLIFY_PASSES_TD
#define COMPILER_SIMPLIFY_PASSES_TD
include "mlir/Pass/PassBase.td"

def RemoveIdentitiesPass : Pass<"motion-remove-identities", "::mlir::func::FuncOp"> {
  let summary = "Nodes that return their operand unchanged disappear";
}

def MergeTransposesPass : Pass<"motion-merge-transposes", "::mlir::func::FuncOp"> {
  let summary = "Adjacent transposes become one, and none where they undo each other";
}

def FoldBatchNormPass : Pass<"motion-fold-batch-norm", "::mlir::func::FuncOp"> {
  let summary = "BatchNormalization moves into the weights of the convolution or Gemm before it";
}
#endif
