// Lets the tasks of a host share the tiles of kernels, one kernel after the other:
//
//   func.func @m(%x, %y, %workspace) {                              func.func @m(%x, %y, %workspace, %host) {
//     func.call @m.fc1(%x, %h, %c0, %tiles)                   ->      scf.if %shared { %record holds %x, %h, %tiles and the number of tasks
//                                                                                      func.call @motion_fork(%host, .., @m.fc1.task, %record) }
//                                                                     else { func.call @m.fc1(%x, %h, %c0, %tiles) }
//                                                                   func.func private @m.fc1.task(%record, %task) {
//                                                                     func.call @m.fc1(%x, %h, tiles * task / tasks, tiles * (task + 1) / tasks)
#include "compiler/Lower/Outline/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {
#define GEN_PASS_DEF_PARALLELIZEKERNELSPASS
#include "compiler/Lower/Outline/Passes.h.inc"
namespace {

/// Offset of `threads` in struct motion_host, and where it ends (runtime/motion_abi.h).
constexpr int64_t hostThreads = 12, hostBytes = 16;
/// A place of the record holds a pointer as a memref of rank 0, or an index.
constexpr int64_t placeBytes = 32;

Value constant(OpBuilder &b, Location loc, int64_t value) { return arith::ConstantIndexOp::create(b, loc, value); }

/// A scalar of the given type at a place in memory.
Value viewAt(OpBuilder &b, Location loc, Value bytes, int64_t offset, Type type) {
  return memref::ViewOp::create(b, loc, MemRefType::get({}, type), bytes, constant(b, loc, offset), ValueRange());
}

Value bytesOf(OpBuilder &b, Location loc, Value pointer, int64_t size) {
  return memref::ReinterpretCastOp::create(b, loc, MemRefType::get({size}, b.getI8Type()), pointer, b.getIndexAttr(0),
                                           ArrayRef<OpFoldResult>{b.getIndexAttr(size)}, ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
}

/// The start of memory as a plain pointer to `type`.
Value pointerTo(OpBuilder &b, Location loc, Value memory, Type type) {
  return memref::ReinterpretCastOp::create(b, loc, MemRefType::get({}, type), memory, b.getIndexAttr(0), ArrayRef<OpFoldResult>(),
                                           ArrayRef<OpFoldResult>());
}

/// Bytes of a view of the workspace.
Value sizeOf(OpBuilder &b, Location loc, memref::ViewOp area) {
  return area.getType().hasStaticShape() ? constant(b, loc, area.getType().getNumElements()) : area.getSizes().front();
}

/// What a call hands to its tasks, place by place: the kernel's arguments without the first tile, the number of tasks, and for each scratch behind
/// them the bytes of one. Tasks have their scratch one after the other.
class Record {
public:
  Record(OpBuilder &b, Location loc, Value bytes) : b(b), loc(loc), bytes(bytes) {}

  void store(Value value) { memref::StoreOp::create(b, loc, value, next(value.getType()), ValueRange()); }
  Value load(Type type) { return memref::LoadOp::create(b, loc, next(type), ValueRange()); }

  /// Bytes of the largest record of a kernel with so many arguments.
  static int64_t bytesFor(unsigned arguments) { return 2 * (arguments + 1) * placeBytes; }

private:
  Value next(Type type) { return viewAt(b, loc, bytes, place++ * placeBytes, type); }

  OpBuilder &b;
  Location loc;
  Value bytes;
  int64_t place = 0;
};

class Parallelizer {
public:
  Parallelizer(func::FuncOp main, SymbolTable &symbols, unsigned threads)
      : main(main), symbols(symbols), threads(threads), loc(main.getLoc()), b(main.getContext()) {}

  LogicalResult run();

private:
  void collectKernels();
  void declareFork();
  Value countTasks();
  func::FuncOp taskOf(func::FuncOp kernel);
  LogicalResult share(func::CallOp call, Value tasks);

  func::FuncOp main;
  SymbolTable &symbols;
  unsigned threads;
  Location loc;
  OpBuilder b;
  SmallVector<func::CallOp> kernels;                     ///< those with tiles
  llvm::DenseMap<Operation *, int64_t> kernelNumbers;    ///< in the library's description: calls of kernels in order
  llvm::DenseMap<Operation *, func::FuncOp> tasks;       ///< by kernel
  Value host, record;
  int64_t recordBytes = 0;
};

void Parallelizer::collectKernels() {
  int64_t number = 0;
  main.walk([&](func::CallOp call) {
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (callee && callee->hasAttr("kernel.nodes"))
      kernelNumbers[call] = number++;
    if (!callee || !callee->hasAttr("kernel.tiles"))
      return;
    kernels.push_back(call);
    recordBytes = std::max(recordBytes, Record::bytesFor(callee.getNumArguments()));
  });
}

void Parallelizer::declareFork() {
  if (symbols.lookup("motion_fork"))
    return;
  Type pointer = MemRefType::get({}, b.getI8Type()), number = b.getI32Type();
  auto fork = func::FuncOp::create(loc, "motion_fork", b.getFunctionType({pointer, number, number, b.getFunctionType({pointer, number}, {}), pointer}, {}));
  fork.setPrivate();
  symbols.insert(fork);
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

/// What a task of a kernel does: the kernel on its share of the tiles.
func::FuncOp Parallelizer::taskOf(func::FuncOp kernel) {
  func::FuncOp &task = tasks[kernel];
  if (task)
    return task;
  OpBuilder::InsertionGuard guard(b);
  task = func::FuncOp::create(loc, (kernel.getName() + ".task").str(), b.getFunctionType({MemRefType::get({}, b.getI8Type()), b.getI32Type()}, {}));
  task.setPrivate();
  symbols.insert(task, std::next(kernel->getIterator()));
  b.setInsertionPointToStart(task.addEntryBlock());
  const unsigned arguments = kernel.getNumArguments();
  Record places(b, loc, bytesOf(b, loc, task.getArgument(0), Record::bytesFor(arguments)));
  SmallVector<Value> operands;
  for (Type type : kernel.getArgumentTypes().drop_back(2))
    operands.push_back(places.load(type));
  Value tiles = places.load(b.getIndexType()), count = places.load(b.getIndexType());
  Value number = arith::IndexCastUIOp::create(b, loc, b.getIndexType(), task.getArgument(1));
  for (unsigned i = 0; i < operands.size(); ++i)
    if (kernel.getArgAttr(i, "kernel.scratch")) {
      Value bytes = places.load(b.getIndexType()), shift = arith::MulIOp::create(b, loc, number, bytes);
      Value start = memref::ReinterpretCastOp::create(b, loc, MemRefType::get({ShapedType::kDynamic}, b.getI8Type()),
                                                      pointerTo(b, loc, operands[i], b.getI8Type()), b.getIndexAttr(0), ArrayRef<OpFoldResult>{shift},
                                                      ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
      operands[i] = memref::ViewOp::create(b, loc, cast<MemRefType>(operands[i].getType()), start, shift, ValueRange());
    }
  const auto border = [&](Value index) -> Value {
    return arith::DivUIOp::create(b, loc, arith::MulIOp::create(b, loc, tiles, index), count);
  };
  operands.push_back(border(number));
  operands.push_back(border(arith::AddIOp::create(b, loc, number, constant(b, loc, 1))));
  func::CallOp::create(b, loc, kernel, operands);
  func::ReturnOp::create(b, loc);
  return task;
}

/// Forks where there are several tasks and tiles; else the call as it was.
LogicalResult Parallelizer::share(func::CallOp call, Value threadsOfHost) {
  auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
  Value tiles = call.getOperands().back();
  b.setInsertionPoint(call);
  Value count = arith::MinUIOp::create(b, loc, threadsOfHost, tiles);
  auto choice = scf::IfOp::create(b, loc, arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ugt, count, constant(b, loc, 1)), /*withElseRegion=*/true);
  call->moveBefore(choice.elseYield());
  b.setInsertionPoint(choice.thenYield());
  Record places(b, loc, bytesOf(b, loc, record, recordBytes));
  for (Value operand : call.getOperands().drop_back(2))
    places.store(operand);
  places.store(tiles);
  places.store(count);
  for (auto [index, operand] : llvm::enumerate(call.getOperands()))
    if (kernel.getArgAttr(index, "kernel.scratch")) {
      auto start = operand.getDefiningOp<memref::ReinterpretCastOp>();
      auto area = start ? start.getSource().getDefiningOp<memref::ViewOp>() : memref::ViewOp();
      if (!area || !area->hasAttr("kernel.scratch"))
        return call.emitError("internal: expected scratch to be a view of the workspace for every task");
      places.store(sizeOf(b, loc, area));
    }
  func::FuncOp task = taskOf(kernel);
  Value number = arith::ConstantIntOp::create(b, loc, kernelNumbers.lookup(call), 32);
  Value function = func::ConstantOp::create(b, loc, task.getFunctionType(), task.getName());
  func::CallOp::create(b, loc, "motion_fork", TypeRange(),
                       ValueRange{host, number, arith::IndexCastOp::create(b, loc, b.getI32Type(), count), function, pointerTo(b, loc, record, b.getI8Type())});
  return success();
}

LogicalResult Parallelizer::run() {
  const NamedAttribute attribute = b.getNamedAttr("kernel.host", b.getUnitAttr());
  (void)main.insertArgument(main.getNumArguments(), MemRefType::get({}, b.getI8Type()), b.getDictionaryAttr(attribute), loc);
  host = main.getArguments().back();
  collectKernels();
  if (kernels.empty())
    return success();
  declareFork();
  b.setInsertionPointToStart(&main.front());
  Value threadsOfHost = countTasks();
  record = memref::AllocaOp::create(b, loc, MemRefType::get({recordBytes}, b.getI8Type()), b.getI64IntegerAttr(64));
  for (func::CallOp call : kernels)
    if (failed(share(call, threadsOfHost)))
      return failure();
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
