// The body of a task, from the body of the model's function:
//
//   func.call @m.fc1(%x, %h, %n, %c0, %tiles)          %lo = tiles * task / tasks, %hi = tiles * (task + 1) / tasks
//   func.call @m.sum(%h, %y, %n)                 ->    func.call @m.fc1(%x, %h, %n, %lo, %hi)
//                                                      func.call @motion_barrier(%words, %tasks)
//                                                      scf.if %isFirst { func.call @m.sum(%h, %y, %n) }
#include "compiler/Lower/Outline/TaskBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {

func::FuncOp tileKernel(func::CallOp call, SymbolTable &symbols) {
  auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
  return callee && callee->hasAttr("kernel.tiles") ? callee : func::FuncOp();
}

Value isShared(OpBuilder &b, Location loc, Value tiles) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::uge, tiles, arith::ConstantIndexOp::create(b, loc, 2));
}

void TaskBuilder::barrier(Location loc, Value condition) {
  Value needed = condition ? arith::AndIOp::create(b, loc, condition, context.runsAll).getResult() : context.runsAll;
  scf::IfOp::create(b, loc, needed, [&](OpBuilder &inner, Location) {
    Value tasks = arith::IndexCastOp::create(inner, loc, inner.getI32Type(), context.tasks);
    func::CallOp::create(inner, loc, "motion_barrier", TypeRange(), ValueRange{context.barrier, tasks});
    scf::YieldOp::create(inner, loc);
  });
}

/// The scratch of this task: areas follow each other in the workspace.
Value TaskBuilder::shareScratch(Value pointer) {
  auto start = pointer.getDefiningOp<memref::ReinterpretCastOp>();
  auto area = start ? start.getSource().getDefiningOp<memref::ViewOp>() : memref::ViewOp();
  if (!area || !area->hasAttr("kernel.scratch"))
    return {};
  Location loc = area.getLoc();
  Value bytes = area.getType().hasStaticShape() ? arith::ConstantIndexOp::create(b, loc, area.getType().getNumElements()).getResult()
                                                : mapping.lookup(area.getSizes().front());
  Value shift = arith::AddIOp::create(b, loc, mapping.lookup(area.getByteShift()), arith::MulIOp::create(b, loc, context.task, bytes));
  IRMapping shifted = mapping;
  shifted.map(area.getByteShift(), shift);
  b.clone(*area, shifted);
  return b.clone(*start, shifted)->getResult(0);
}

LogicalResult TaskBuilder::cloneTileKernel(func::CallOp call, func::FuncOp kernel) {
  Location loc = call.getLoc();
  SmallVector<Value> operands;
  for (auto [index, operand] : llvm::enumerate(call.getOperands())) {
    const bool scratch = kernel.getArgAttr(index, "kernel.scratch") != nullptr;
    operands.push_back(scratch ? shareScratch(operand) : mapping.lookup(operand));
    if (!operands.back())
      return call.emitError("internal: expected scratch to be a view of the workspace for every task");
  }
  Value tiles = operands.back(), shared = isShared(b, loc, tiles), zero = arith::ConstantIndexOp::create(b, loc, 0);
  if (unfinished)
    barrier(loc, arith::OrIOp::create(b, loc, unfinished, shared));
  const auto border = [&](Value task) -> Value {
    return arith::DivUIOp::create(b, loc, arith::MulIOp::create(b, loc, tiles, task), context.tasks);
  };
  Value next = arith::AddIOp::create(b, loc, context.task, arith::ConstantIndexOp::create(b, loc, 1));
  Value all = arith::SelectOp::create(b, loc, context.isFirst, tiles, zero);
  Value lo = arith::SelectOp::create(b, loc, shared, border(context.task), zero), hi = arith::SelectOp::create(b, loc, shared, border(next), all);
  operands[operands.size() - 2] = lo;
  operands.back() = hi;
  Value number = arith::ConstantIndexOp::create(b, loc, kernels++);
  Value mine = arith::OrIOp::create(b, loc, context.runsAll, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, context.phase, number));
  Value some = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, lo, hi);
  scf::IfOp::create(b, loc, arith::AndIOp::create(b, loc, mine, some), [&](OpBuilder &inner, Location) {
    func::CallOp::create(inner, loc, kernel, operands);
    scf::YieldOp::create(inner, loc);
  });
  unfinished = shared;
  return success();
}

LogicalResult TaskBuilder::cloneForFirst(Operation &op) {
  if (op.getNumResults() != 0)
    return op.emitError("internal: expected no results of an op that writes outside of kernels");
  if (unfinished)
    barrier(op.getLoc(), unfinished);
  scf::IfOp::create(b, op.getLoc(), arith::AndIOp::create(b, op.getLoc(), context.isFirst, context.runsAll), [&](OpBuilder &inner, Location loc) {
    inner.clone(op, mapping);
    scf::YieldOp::create(inner, loc);
  });
  unfinished = arith::ConstantIntOp::create(b, op.getLoc(), 0, 1);
  return success();
}

/// Control flow around kernels: every task takes the same way through it.
LogicalResult TaskBuilder::cloneRegions(Operation &op) {
  if (unfinished)
    barrier(op.getLoc(), {});
  unfinished = {};
  Operation *created = b.cloneWithoutRegions(op, mapping);
  OpBuilder::InsertionGuard guard(b);
  for (auto [from, to] : llvm::zip_equal(op.getRegions(), created->getRegions())) {
    if (from.empty())
      continue;
    Block *block = b.createBlock(&to);
    for (BlockArgument argument : from.getArguments())
      mapping.map(argument, block->addArgument(argument.getType(), argument.getLoc()));
    if (failed(clone(from.front())))
      return failure();
  }
  return success();
}

LogicalResult TaskBuilder::clone(Block &block) {
  for (Operation &op : block) {
    if (isa<func::ReturnOp>(op))
      continue;
    if (op.hasTrait<OpTrait::IsTerminator>()) {
      if (unfinished)
        barrier(op.getLoc(), {});
      unfinished = {};
      b.clone(op, mapping);
      continue;
    }
    auto call = dyn_cast<func::CallOp>(op);
    if (func::FuncOp kernel = call ? tileKernel(call, symbols) : func::FuncOp()) {
      if (failed(cloneTileKernel(call, kernel)))
        return failure();
    } else if (isMemoryEffectFree(&op)) {
      b.clone(op, mapping);
    } else if (hasSingleEffect<MemoryEffects::Read>(&op)) {
      if (unfinished)
        barrier(op.getLoc(), {});
      unfinished = {};
      b.clone(op, mapping);
    } else if (op.getNumRegions() != 0) {
      if (failed(cloneRegions(op)))
        return failure();
    } else if (failed(cloneForFirst(op))) {
      return failure();
    }
  }
  return success();
}

} // namespace motion
