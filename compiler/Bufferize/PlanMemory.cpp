// Places every buffer in one workspace:
//
//   func.func @m(%x: memref<f32>, %n: index, %y: memref<f32>) {      func.func @m(%x, %n, %y, %constants: memref<i8>, %workspace: memref<i8>) {
//     %w = kernel.constant 64 : memref<4x8xf32>                        %base = memref.reinterpret_cast %workspace to offset: [0], sizes: [%total] ...
//     %a = memref.alloc(%n) : memref<?x8xf32>                  ->      %w = memref.view %constantBytes[%c64][] : memref<320xi8> to memref<4x8xf32>
//     ...                                                              %a = memref.view %base[%offset][%n] : memref<?xi8> to memref<?x8xf32>
//                                                                    func.func @m.workspace(%n: index) -> index
//
// Lifetimes count the ops of the function's entry block; allocs in the body of a forall are planned over that body into an area of scratch
// that lives as long as the forall.
#include "compiler/Bufferize/MemoryPlanner.h"
#include "compiler/Bufferize/Passes.h"
#include "compiler/Bufferize/SizeExpression.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace motion {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "compiler/Bufferize/Passes.h.inc"
namespace {

/// Buffers planned together: those of the entry block, or the scratch of one forall.
struct Level {
  Operation *loop = nullptr; ///< the forall, or null
  Block *block = nullptr;
  SmallVector<memref::AllocOp> allocs;
  MemoryPlan plan;
  SmallVector<Value> slotOffsets; ///< at the head; slot 0 starts at 0
  Value total;                    ///< bytes, at the head
};

class FunctionPlanner {
public:
  FunctionPlanner(func::FuncOp function, unsigned threads)
      : function(function), threads(threads), views(function),
        anchor(createAnchor(function)), head(OpBuilder(anchor), indexArguments(function)) {}

  LogicalResult run();

private:
  static Operation *createAnchor(func::FuncOp function);
  static IRMapping indexArguments(func::FuncOp function);
  Value addArgument(StringRef attribute);
  void replaceConstants(Value constants);
  void collectLevels();
  LogicalResult plan(Level &level);
  void place(Level &level, Value base);
  PlannedBuffer lifetime(ArrayRef<Operation *> accesses, Block *block);
  unsigned classOf(ArrayRef<Value> factors);
  Value sumSlots(Level &level);
  void createWorkspaceFunction(Value total);

  func::FuncOp function;
  unsigned threads;
  BufferViewFlowAnalysis views;
  Operation *anchor; ///< ends the head; gone in the end
  HeadValues head;
  SmallVector<Level> scratch;
  Level entry;
  SmallVector<SmallVector<Value>> classes; ///< factors of size class 1, 2, ...
  llvm::DenseMap<Operation *, unsigned> step;
};

Operation *FunctionPlanner::createAnchor(func::FuncOp function) {
  OpBuilder b(&function.front(), function.front().begin());
  return arith::ConstantIndexOp::create(b, function.getLoc(), 0);
}

IRMapping FunctionPlanner::indexArguments(func::FuncOp function) {
  IRMapping mapping;
  for (Value argument : function.getArguments())
    if (argument.getType().isIndex())
      mapping.map(argument, argument);
  return mapping;
}

Value FunctionPlanner::addArgument(StringRef attribute) {
  OpBuilder b(function.getContext());
  const NamedAttribute attributes[] = {b.getNamedAttr(attribute, b.getUnitAttr()),
                                       b.getNamedAttr(LLVM::LLVMDialect::getAlignAttrName(), b.getI64IntegerAttr(bufferAlignment)),
                                       b.getNamedAttr(LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr())};
  const unsigned index = function.getNumArguments();
  (void)function.insertArgument(index, MemRefType::get({}, b.getI8Type()), b.getDictionaryAttr(attributes), function.getLoc());
  return function.getArgument(index);
}

/// The bytes behind a pointer as a memref of rank 1, as memref.view wants them.
Value asBytes(OpBuilder &b, Location loc, Value pointer, OpFoldResult size) {
  const std::optional<int64_t> constant = getConstantIntValue(size);
  auto type = MemRefType::get({constant.value_or(ShapedType::kDynamic)}, b.getI8Type());
  return memref::ReinterpretCastOp::create(b, loc, type, pointer, b.getIndexAttr(0), ArrayRef<OpFoldResult>{constant ? b.getIndexAttr(*constant) : size},
                                           ArrayRef<OpFoldResult>{b.getIndexAttr(1)});
}

void FunctionPlanner::replaceConstants(Value constants) {
  SmallVector<kernel::ConstantOp> ops;
  int64_t end = 0;
  function.walk([&](kernel::ConstantOp op) {
    auto type = cast<MemRefType>(op.getType());
    end = std::max(end, static_cast<int64_t>(op.getOffset()) + type.getNumElements() * elementBytes(type.getElementType()));
    ops.push_back(op);
  });
  if (ops.empty())
    return;
  Location loc = function.getLoc();
  Value bytes = asBytes(head.builder(), loc, constants, head.builder().getIndexAttr(end));
  for (kernel::ConstantOp op : ops) {
    OpBuilder b(op);
    Value offset = arith::ConstantIndexOp::create(b, op.getLoc(), op.getOffset());
    op->replaceAllUsesWith(memref::ViewOp::create(b, op.getLoc(), cast<MemRefType>(op.getType()), bytes, offset, ValueRange()));
    op.erase();
  }
}

void FunctionPlanner::collectLevels() {
  entry.block = &function.front();
  llvm::DenseMap<Operation *, unsigned> byLoop;
  function.walk([&](memref::AllocOp alloc) {
    scf::ForallOp loop;
    for (Operation *parent = alloc->getParentOp(); parent != function; parent = parent->getParentOp())
      if (auto forall = dyn_cast<scf::ForallOp>(parent))
        loop = forall;
    if (!loop) {
      entry.allocs.push_back(alloc);
      return;
    }
    const auto [position, isNew] = byLoop.try_emplace(loop, scratch.size());
    if (isNew) {
      scratch.emplace_back();
      scratch.back().loop = loop;
      scratch.back().block = loop.getBody();
    }
    scratch[position->second].allocs.push_back(alloc);
  });
  const auto numberSteps = [&](Level &level) {
    for (auto [index, op] : llvm::enumerate(*level.block))
      step[&op] = index;
  };
  llvm::for_each(scratch, numberSteps);
  numberSteps(entry);
}

unsigned FunctionPlanner::classOf(ArrayRef<Value> factors) {
  if (factors.empty())
    return 0;
  for (auto [index, known] : llvm::enumerate(classes))
    if (ArrayRef<Value>(known) == factors)
      return index + 1;
  classes.emplace_back(factors);
  return classes.size();
}

/// First and last step of the block at which one of the ops runs.
PlannedBuffer FunctionPlanner::lifetime(ArrayRef<Operation *> accesses, Block *block) {
  PlannedBuffer buffer;
  buffer.first = ~0u;
  for (Operation *access : accesses)
    if (Operation *ancestor = block->findAncestorOpInBlock(*access)) {
      buffer.first = std::min(buffer.first, step.lookup(ancestor));
      buffer.last = std::max(buffer.last, step.lookup(ancestor));
    }
  buffer.first = std::min(buffer.first, buffer.last);
  return buffer;
}

/// Plans the level's buffers; for the entry block the areas of scratch are among them, after the allocs.
LogicalResult FunctionPlanner::plan(Level &level) {
  std::vector<PlannedBuffer> buffers;
  for (memref::AllocOp alloc : level.allocs) {
    if (!alloc.getType().getLayout().isIdentity())
      return alloc.emitError("internal: expected a buffer with identity layout, found ") << alloc.getType();
    FailureOr<SizeExpression> size = head.getSize(alloc, level.loop);
    if (failed(size))
      return alloc.emitError("the size of ") << alloc.getType() << " depends on values that are computed in the run: expected sizes that follow "
                                                                   "from the model's dimensions";
    SmallVector<Operation *> accesses;
    for (Value alias : views.resolve(alloc.getResult()))
      for (Operation *user : alias.getUsers())
        if (!isa<ViewLikeOpInterface, memref::DimOp, memref::DeallocOp>(user))
          accesses.push_back(user);
    buffers.push_back(lifetime(accesses, level.block));
    buffers.back().bytes = size->bytes;
    buffers.back().sizeClass = classOf(size->factors);
  }
  if (!level.loop)
    for (Level &area : scratch) {
      buffers.push_back(lifetime({area.loop}, level.block));
      const std::optional<int64_t> constant = getConstantIntValue(area.total);
      buffers.back().bytes = threads * constant.value_or(1);
      buffers.back().sizeClass = constant ? 0 : classOf({area.total});
    }
  level.plan = planMemory(buffers);
  level.total = sumSlots(level);
  return success();
}

/// Offsets of the slots as prefix sums at the head; the sum is the size of the level.
Value FunctionPlanner::sumSlots(Level &level) {
  OpBuilder &b = head.builder();
  Location loc = function.getLoc();
  Value end = arith::ConstantIndexOp::create(b, loc, level.plan.staticBytes);
  level.slotOffsets.push_back(arith::ConstantIndexOp::create(b, loc, 0));
  for (const DynamicSlot &slot : level.plan.slots) {
    Value bytes;
    for (const DynamicSlot::Member &member : slot.members) {
      Value size = head.multiplyOut(loc, member.bytes, classes[member.sizeClass - 1]);
      bytes = bytes ? arith::MaxUIOp::create(b, loc, bytes, size).getResult() : size;
    }
    level.slotOffsets.push_back(end);
    end = arith::AddIOp::create(b, loc, end, bytes);
  }
  return end;
}

/// Replaces the level's allocs by views into `base`; areas of scratch come to stand in front of their loops.
void FunctionPlanner::place(Level &level, Value base) {
  const auto offsetOf = [&](OpBuilder &b, Location loc, unsigned index) -> Value {
    const BufferPlace &place = level.plan.places[index];
    if (place.slot == 0)
      return arith::ConstantIndexOp::create(b, loc, place.offset);
    return level.slotOffsets[place.slot];
  };
  for (auto [index, alloc] : llvm::enumerate(level.allocs)) {
    OpBuilder b(alloc);
    Value view = memref::ViewOp::create(b, alloc.getLoc(), alloc.getType(), base, offsetOf(b, alloc.getLoc(), index), alloc.getDynamicSizes());
    alloc.replaceAllUsesWith(view);
    alloc.erase();
  }
  if (level.loop)
    return;
  for (auto [index, area] : llvm::enumerate(scratch)) {
    OpBuilder b(area.loop);
    Location loc = area.loop->getLoc();
    const std::optional<int64_t> constant = getConstantIntValue(area.total);
    auto type = MemRefType::get({constant.value_or(ShapedType::kDynamic)}, b.getI8Type());
    auto view = memref::ViewOp::create(b, loc, type, base, offsetOf(b, loc, level.allocs.size() + index),
                                       constant ? ValueRange() : ValueRange(area.total));
    view->setAttr("kernel.scratch", b.getUnitAttr());
    place(area, view);
  }
}

void FunctionPlanner::createWorkspaceFunction(Value total) {
  OpBuilder b(function);
  b.setInsertionPointAfter(function);
  SmallVector<unsigned> dims;
  for (auto [index, argument] : llvm::enumerate(function.getArguments()))
    if (argument.getType().isIndex())
      dims.push_back(index);
  auto type = b.getFunctionType(SmallVector<Type>(dims.size(), b.getIndexType()), {b.getIndexType()});
  auto size = func::FuncOp::create(b, function.getLoc(), (function.getName() + ".workspace").str(), type);
  b.setInsertionPointToStart(size.addEntryBlock());
  IRMapping mapping;
  for (auto [position, index] : llvm::enumerate(dims)) {
    mapping.map(function.getArgument(index), size.getArgument(position));
    size.setArgAttrs(position, function.getArgAttrDict(index));
  }
  HeadValues values(b, mapping);
  Value result = values.get(total);
  b.setInsertionPointToEnd(&size.front());
  func::ReturnOp::create(b, function.getLoc(), result);
}

LogicalResult FunctionPlanner::run() {
  Value constants = addArgument("kernel.constants"), workspace = addArgument("kernel.workspace");
  replaceConstants(constants);
  collectLevels();
  for (Level &area : scratch)
    if (failed(plan(area)))
      return failure();
  if (failed(plan(entry)))
    return failure();
  function.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
  if (!entry.allocs.empty() || !scratch.empty()) {
    const std::optional<int64_t> constant = getConstantIntValue(entry.total);
    OpBuilder &b = head.builder();
    place(entry, asBytes(b, function.getLoc(), workspace, constant ? OpFoldResult(b.getIndexAttr(*constant)) : entry.total));
  }
  createWorkspaceFunction(entry.total);
  anchor->erase();
  return success();
}

/// Stack buffers are planned like all others.
void turnAllocasIntoAllocs(func::FuncOp function) {
  SmallVector<memref::AllocaOp> allocas;
  function.walk([&](memref::AllocaOp alloca) { allocas.push_back(alloca); });
  for (memref::AllocaOp alloca : allocas) {
    OpBuilder b(alloca);
    alloca->replaceAllUsesWith(memref::AllocOp::create(b, alloca.getLoc(), alloca.getType(), alloca.getDynamicSizes()));
    alloca.erase();
  }
}

struct PlanMemoryPass : impl::PlanMemoryPassBase<PlanMemoryPass> {
  using Base::Base;
  void runOnOperation() override {
    for (func::FuncOp function : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (function.isExternal())
        continue;
      turnAllocasIntoAllocs(function);
      if (failed(FunctionPlanner(function, threads).run()))
        return signalPassFailure();
    }
  }
};

} // namespace
} // namespace motion
