// The body of a task: what one of several threads does in a run.
#ifndef COMPILER_LOWER_OUTLINE_TASKBUILDER_H
#define COMPILER_LOWER_OUTLINE_TASKBUILDER_H
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"

namespace motion {

/// The kernel that a call runs on tiles lo to hi, its last two operands; null when the call runs anything else.
mlir::func::FuncOp tileKernel(mlir::func::CallOp call, mlir::SymbolTable &symbols);

/// Whether a kernel of so many tiles is shared among tasks.
mlir::Value isShared(mlir::OpBuilder &b, mlir::Location loc, mlir::Value tiles);

/// What the code of a task knows, as values in its function.
struct TaskContext {
  mlir::Value task, tasks; ///< number of this task, number of tasks; index
  mlir::Value isFirst;     ///< whether this is task 0
  mlir::Value runsAll;     ///< whether the task runs all kernels, with barriers, or only kernel `phase`
  mlir::Value phase;
  mlir::Value barrier;     ///< the barrier's words
};

/// Clones the body of the model's function into a task: kernels run on the task's share of their tiles, barriers stand between them, what
/// writes and is no kernel of tiles is left to task 0, and everything else (scalar arithmetic, views, loads) is done by every task.
class TaskBuilder {
public:
  TaskBuilder(mlir::OpBuilder &b, mlir::SymbolTable &symbols, mlir::IRMapping &mapping, const TaskContext &context)
      : b(b), symbols(symbols), mapping(mapping), context(context) {}

  /// Fails on ops that write and have results: only task 0 would know them.
  llvm::LogicalResult clone(mlir::Block &block);

private:
  llvm::LogicalResult cloneRegions(mlir::Operation &op);
  llvm::LogicalResult cloneTileKernel(mlir::func::CallOp call, mlir::func::FuncOp kernel);
  llvm::LogicalResult cloneForFirst(mlir::Operation &op);
  mlir::Value shareScratch(mlir::Value pointer);
  void barrier(mlir::Location loc, mlir::Value condition);

  mlir::OpBuilder &b;
  mlir::SymbolTable &symbols;
  mlir::IRMapping &mapping;
  const TaskContext &context;
  mlir::Value unfinished; ///< whether tasks other than task 0 may have written since the last barrier; null: nobody has
  unsigned kernels = 0;   ///< kernels of tiles so far
};

} // namespace motion
#endif
