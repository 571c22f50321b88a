// Lets the tasks of a host share the tiles of kernels:
//
//   func.func @m(%x, %n, %y, %constants, %workspace)         func.func @m(%x, %n, %y, %constants, %workspace, %host) {
//                                                      ->      scf.if %concurrent { func.call @motion_fork(%host, .., @m.task, %record) }
//                                                              else { the body as it was; kernels of several tiles forked one by one }
//                                                            func.func private @m.task(%record, %task)
//
// The record holds the arguments, the number of tasks and the phase: the kernel to run, or `allKernels`.
#include "compiler/Lower/Outline/Passes.h"
#include "compiler/Lower/Outline/TaskBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {
#define GEN_PASS_DEF_PARALLELIZEKERNELSPASS
#include "compiler/Lower/Outline/Passes.h.inc"
namespace {

/// Offsets in struct motion_host, and the flag that it uses (runtime/motion_abi.h).
constexpr int64_t hostFlags = 8, hostThreads = 12, hostBytes = 16, flagConcurrent = 1;
/// A place of the record holds a pointer as a memref of rank 0, or an index.
constexpr int64_t placeBytes = 32;
constexpr int64_t allKernels = -1;
/// The barrier's words: see motion_barrier.
constexpr int64_t barrierArrived = 0, barrierRound = 128, barrierBytes = 256;

Value constant(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

/// A scalar of the given type at a place in memory.
Value viewAt(OpBuilder &b, Location loc, Value bytes, int64_t offset, Type type) {
  return memref::ViewOp::create(b, loc, MemRefType::get({}, type), bytes, constant(b, loc, offset), ValueRange());
}

Value bytesOf(OpBuilder &b, Location loc, Value pointer, int64_t size) {
  return memref::ReinterpretCastOp::create(b, loc, MemRefType::get({size}, b.getI8Type()), pointer, b.getIndexAttr(0),
                                           ArrayRef<OpFoldResult>{b.getIndexAttr(size)}, ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
}

class Parallelizer {
public:
  Parallelizer(func::FuncOp main, SymbolTable &symbols, unsigned threads)
      : main(main), symbols(symbols), threads(threads), loc(main.getLoc()), b(main.getContext()) {}

  LogicalResult run();

private:
  void collectKernels();
  void declareRoutines();
  LogicalResult createTask();
  void rewriteMain();
  Value countTasks();
  void fillRecord(Value tasks);
  void setPhase(int64_t phase) {
    memref::StoreOp::create(b, loc, constant(b, loc, phase), viewAt(b, loc, record, (arguments + 1) * placeBytes, b.getIndexType()), ValueRange());
  }
  void fork(Value tasks, int64_t kernel);
  void forkKernels(Value tasks, Value isMany);

  func::FuncOp main, task;
  SymbolTable &symbols;
  unsigned threads;
  Location loc;
  OpBuilder b;
  SmallVector<func::CallOp> kernels;                     ///< those with tiles
  llvm::DenseMap<Operation *, int64_t> kernelNumbers;    ///< in the library's description: calls of kernels in order
  bool isStraight = true; ///< no kernel of tiles stands in a loop or branch
  unsigned arguments = 0; ///< of main, without the host
  Value host, record;
};

void Parallelizer::collectKernels() {
  int64_t number = 0;
  main.walk([&](func::CallOp call) {
    if (auto callee = symbols.lookup<func::FuncOp>(call.getCallee()); callee && callee->hasAttr("kernel.nodes"))
      kernelNumbers[call] = number++;
    if (!tileKernel(call, symbols))
      return;
    kernels.push_back(call);
    isStraight &= call->getParentOp() == main;
  });
}

void Parallelizer::declareRoutines() {
  const auto declare = [&](StringRef name, TypeRange types) {
    if (symbols.lookup(name))
      return;
    auto routine = func::FuncOp::create(loc, name, b.getFunctionType(types, {}));
    routine.setPrivate();
    symbols.insert(routine);
  };
  Type pointer = MemRefType::get({}, b.getI8Type()), number = b.getI32Type();
  declare("motion_barrier", {pointer, number});
  declare("motion_fork", {pointer, number, number, b.getFunctionType({pointer, number}, {}), pointer});
}

LogicalResult Parallelizer::createTask() {
  Type pointer = MemRefType::get({}, b.getI8Type());
  task = func::FuncOp::create(loc, (main.getName() + ".task").str(), b.getFunctionType({pointer, b.getI32Type()}, {}));
  task.setPrivate();
  symbols.insert(task, std::next(main->getIterator()));
  b.setInsertionPointToStart(task.addEntryBlock());
  Value bytes = bytesOf(b, loc, task.getArgument(0), (arguments + 2) * placeBytes);
  const auto load = [&](unsigned place, Type type) -> Value {
    return memref::LoadOp::create(b, loc, viewAt(b, loc, bytes, place * placeBytes, type), ValueRange());
  };
  IRMapping mapping;
  for (unsigned i = 0; i < arguments; ++i)
    mapping.map(main.getArgument(i), load(i, main.getArgument(i).getType()));
  TaskContext context;
  context.task = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), task.getArgument(1));
  context.tasks = load(arguments, b.getIndexType());
  context.phase = load(arguments + 1, b.getIndexType());
  context.isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, context.task, constant(b, loc, 0));
  context.runsAll = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, context.phase, constant(b, loc, allKernels));
  context.barrier = mapping.lookup(main.getArgument(arguments - 1));
  if (failed(TaskBuilder(b, symbols, mapping, context).clone(main.front())))
    return failure();
  func::ReturnOp::create(b, loc);
  return success();
}

/// min(host.threads, threads), 1 without a host.
Value Parallelizer::countTasks() {
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, loc, host);
  Value isThere = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, address, constant(b, loc, 0));
  auto count = scf::IfOp::create(
      b, loc, isThere,
      [&](OpBuilder &inner, Location) {
        Value field = viewAt(inner, loc, bytesOf(inner, loc, host, hostBytes), hostThreads, inner.getI32Type());
        Value lent = arith::IndexCastUIOp::create(inner, loc, inner.getIndexType(), memref::LoadOp::create(inner, loc, field, ValueRange()));
        scf::YieldOp::create(inner, loc, arith::MinUIOp::create(inner, loc, lent, constant(inner, loc, threads)).getResult());
      },
      [&](OpBuilder &inner, Location) { scf::YieldOp::create(inner, loc, constant(inner, loc, 1)); });
  return count.getResult(0);
}

void Parallelizer::fillRecord(Value tasks) {
  for (unsigned i = 0; i < arguments; ++i)
    memref::StoreOp::create(b, loc, main.getArgument(i), viewAt(b, loc, record, i * placeBytes, main.getArgument(i).getType()), ValueRange());
  memref::StoreOp::create(b, loc, tasks, viewAt(b, loc, record, arguments * placeBytes, b.getIndexType()), ValueRange());
}

void Parallelizer::fork(Value tasks, int64_t kernel) {
  Value count = arith::IndexCastOp::create(b, loc, b.getI32Type(), tasks), number = arith::ConstantIntOp::create(b, loc, kernel, 32);
  Value function = func::ConstantOp::create(b, loc, task.getFunctionType(), task.getName());
  Value data = memref::ReinterpretCastOp::create(b, loc, MemRefType::get({}, b.getI8Type()), record, b.getIndexAttr(0), ArrayRef<OpFoldResult>(),
                                                 ArrayRef<OpFoldResult>());
  func::CallOp::create(b, loc, "motion_fork", TypeRange(), ValueRange{host, number, count, function, data});
}

/// Hosts that are not concurrent: one fork per kernel of several tiles.
void Parallelizer::forkKernels(Value tasks, Value isMany) {
  for (auto [number, call] : llvm::enumerate(kernels)) {
    b.setInsertionPoint(call);
    Value shared = isShared(b, call.getLoc(), call.getOperands().back());
    auto choice = scf::IfOp::create(b, call.getLoc(), arith::AndIOp::create(b, call.getLoc(), isMany, shared), /*withElseRegion=*/true);
    call->moveBefore(choice.elseYield());
    b.setInsertionPoint(choice.thenYield());
    setPhase(number);
    fork(tasks, kernelNumbers.lookup(call));
  }
}

void Parallelizer::rewriteMain() {
  Block &entry = main.front();
  Operation *end = entry.getTerminator();
  SmallVector<Operation *> body;
  for (Operation &op : entry.without_terminator())
    body.push_back(&op);
  b.setInsertionPoint(end);
  Value tasks = countTasks();
  Value isMany = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt, tasks, constant(b, loc, 1));
  record = memref::AllocaOp::create(b, loc, MemRefType::get({(arguments + 2) * placeBytes}, b.getI8Type()), b.getI64IntegerAttr(64));
  auto isConcurrent = scf::IfOp::create(
      b, loc, isMany,
      [&](OpBuilder &inner, Location) {
        OpBuilder::InsertionGuard guard(b);
        b.setInsertionPointToEnd(inner.getBlock());
        fillRecord(tasks);
        Value flags = memref::LoadOp::create(b, loc, viewAt(b, loc, bytesOf(b, loc, host, hostBytes), hostFlags, b.getI32Type()), ValueRange());
        Value bit = arith::AndIOp::create(b, loc, flags, arith::ConstantIntOp::create(b, loc, flagConcurrent, 32));
        scf::YieldOp::create(b, loc, arith::TruncIOp::create(b, loc, b.getI1Type(), bit).getResult());
      },
      [&](OpBuilder &inner, Location) { scf::YieldOp::create(inner, loc, arith::ConstantIntOp::create(inner, loc, 0, 1).getResult()); });
  auto way = scf::IfOp::create(b, loc, isConcurrent.getResult(0), /*withElseRegion=*/true);
  b.setInsertionPoint(way.thenYield());
  setPhase(allKernels);
  Value words = bytesOf(b, loc, main.getArgument(arguments - 1), barrierBytes), zero = arith::ConstantIntOp::create(b, loc, 0, 32);
  for (int64_t word : {barrierArrived, barrierRound})
    memref::StoreOp::create(b, loc, zero, viewAt(b, loc, words, word, b.getI32Type()), ValueRange());
  fork(tasks, 0);
  for (Operation *op : body)
    op->moveBefore(way.elseYield());
  if (isStraight)
    forkKernels(tasks, isMany);
}

LogicalResult Parallelizer::run() {
  arguments = main.getNumArguments();
  const NamedAttribute attribute = b.getNamedAttr("kernel.host", b.getUnitAttr());
  (void)main.insertArgument(arguments, MemRefType::get({}, b.getI8Type()), b.getDictionaryAttr(attribute), loc);
  host = main.getArgument(arguments);
  collectKernels();
  if (kernels.empty())
    return success();
  auto reserved = main->getAttrOfType<IntegerAttr>("kernel.reserved");
  if (arguments == 0 || !main.getArgAttr(arguments - 1, "kernel.workspace") || !reserved || reserved.getInt() < barrierBytes)
    return main.emitError("internal: expected a workspace with room for a barrier, planned for several threads");
  declareRoutines();
  if (failed(createTask()))
    return failure();
  rewriteMain();
  return success();
}

struct ParallelizeKernelsPass : impl::ParallelizeKernelsPassBase<ParallelizeKernelsPass> {
  using Base::Base;
  void runOnOperation() override {
    if (threads <= 1)
      return;
    SymbolTable symbols(getOperation());
    // The model's function has no dot in its name; @NAME.constants runs when compiling.
    for (func::FuncOp main : llvm::to_vector(getOperation().getOps<func::FuncOp>()))
      if (!main.isExternal() && !main.isPrivate() && main.getNumResults() == 0 && !main.getName().contains('.'))
        if (failed(Parallelizer(main, symbols, threads).run()))
          return signalPassFailure();
  }
};

} // namespace
} // namespace motion
