// Gives every kernel a function of its own:
//
//   %a = memref.view %base[%c0][%n] : ... to memref<?x8xf32>         %p = memref.reinterpret_cast %a to offset: [0], sizes: [], strides: []
//   scf.forall (%i) = (0) to (%n) step (14) {                        func.call @m.fc1(%p, %y, %n, %c0, %tiles)
//     ... %a, %y ...                                          ->     func.func private @m.fc1(%p: memref<f32> {llvm.noalias}, %y, %n, %lo, %hi) {
//   }                                                                  %a = memref.reinterpret_cast %p to offset: [0], sizes: [%n, 8], strides: [8, 1]
//                                                                      scf.for %t = %lo to %hi { %i = 14 * %t ... }
//
// What is left of the function is straight-line scalar code and calls. Views with an offset cannot be passed as pointers and sizes, so
// they are rebuilt inside; buffers, which the planner made with memref.view, are passed by their start.
#include "compiler/Lower/Outline/KernelNames.h"
#include "compiler/Lower/Outline/Passes.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace motion {
#define GEN_PASS_DEF_OUTLINEKERNELSPASS
#include "compiler/Lower/Outline/Passes.h.inc"
namespace {

bool isKernel(Operation *op) {
  if (isa<scf::ForallOp, linalg::LinalgOp, kernel::ContractOp, memref::CopyOp>(op))
    return true;
  // A loop over single elements is one, a loop around kernels is not.
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop || loop.getNumResults() != 0)
    return false;
  return !loop.getBody()->walk([](Operation *inner) { return isKernel(inner) && !isa<scf::ForOp>(inner) ? WalkResult::interrupt() : WalkResult::advance(); }).wasInterrupted();
}

/// Ops that are rebuilt in the kernel: constants and views, but not the views that are buffers.
bool isRebuilt(Operation *op) {
  if (!op || isa<memref::ViewOp>(op))
    return false;
  return op->hasTrait<OpTrait::ConstantLike>() || isa<ViewLikeOpInterface, memref::GetGlobalOp>(op);
}

/// What a kernel takes from outside.
struct Captures {
  SmallVector<Operation *> rebuilt; ///< in the order to clone them
  SmallVector<Value> buffers;       ///< memrefs, in order of first use
  SmallVector<Value> scalars;
};

class CaptureCollector {
public:
  Captures collect(Operation *root) {
    for (Value operand : root->getOperands())
      visit(operand);
    SetVector<Value> above;
    getUsedValuesDefinedAbove(root->getRegions(), above);
    for (Value value : above)
      visit(value);
    // Sizes of buffers are needed to rebuild them.
    for (unsigned i = 0; i < captures.buffers.size(); ++i)
      if (auto view = captures.buffers[i].getDefiningOp<memref::ViewOp>())
        for (Value size : view.getSizes())
          visit(size);
    return std::move(captures);
  }

private:
  void visit(Value value) {
    if (!seen.insert(value).second)
      return;
    Operation *op = value.getDefiningOp();
    if (isRebuilt(op)) {
      for (Value operand : op->getOperands())
        visit(operand);
      captures.rebuilt.push_back(op);
    } else {
      (isa<MemRefType>(value.getType()) ? captures.buffers : captures.scalars).push_back(value);
    }
  }

  Captures captures;
  llvm::DenseSet<Value> seen;
};

/// The start of a buffer as a memref of rank 0, a plain pointer later.
Value pointerTo(OpBuilder &b, Location loc, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 0)
    return buffer;
  return memref::ReinterpretCastOp::create(b, loc, MemRefType::get({}, type.getElementType()), buffer, b.getIndexAttr(0),
                                           ArrayRef<OpFoldResult>(), ArrayRef<OpFoldResult>());
}

/// The buffer again, from its start; `sizes` are its dynamic sizes.
Value rebuildBuffer(OpBuilder &b, Location loc, Value pointer, MemRefType type, ValueRange sizes) {
  if (type.getRank() == 0)
    return pointer;
  SmallVector<OpFoldResult> extents, strides(type.getRank());
  for (int64_t extent : type.getShape())
    if (ShapedType::isDynamic(extent)) {
      extents.push_back(sizes.front());
      sizes = sizes.drop_front();
    } else {
      extents.push_back(b.getIndexAttr(extent));
    }
  OpFoldResult stride = b.getIndexAttr(1);
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    strides[dim] = stride;
    const std::optional<int64_t> x = getConstantIntValue(stride), y = getConstantIntValue(extents[dim]);
    if (x && y)
      stride = b.getIndexAttr(*x * *y);
    else if (dim > 0)
      stride = arith::MulIOp::create(b, loc, getValueOrCreateConstantIndexOp(b, loc, stride), getValueOrCreateConstantIndexOp(b, loc, extents[dim]))
                   .getResult();
  }
  return memref::ReinterpretCastOp::create(b, loc, type, pointer, b.getIndexAttr(0), extents, strides);
}

/// Number of tiles of a loop, one value per dimension; fails never: bounds and steps are index values or constants.
SmallVector<Value> tileCounts(OpBuilder &b, scf::ForallOp loop) {
  Location loc = loop.getLoc();
  SmallVector<Value> counts;
  for (auto [lower, upper, step] : llvm::zip_equal(loop.getMixedLowerBound(), loop.getMixedUpperBound(), loop.getMixedStep())) {
    const std::optional<int64_t> from = getConstantIntValue(lower), to = getConstantIntValue(upper), by = getConstantIntValue(step);
    if (from && to && by) {
      counts.push_back(arith::ConstantIndexOp::create(b, loc, llvm::divideCeil(*to - *from, *by)));
      continue;
    }
    Value extent = getValueOrCreateConstantIndexOp(b, loc, upper);
    if (from != 0)
      extent = arith::SubIOp::create(b, loc, extent, getValueOrCreateConstantIndexOp(b, loc, lower));
    counts.push_back(by == 1 ? extent : arith::CeilDivUIOp::create(b, loc, extent, getValueOrCreateConstantIndexOp(b, loc, step)).getResult());
  }
  return counts;
}

Value product(OpBuilder &b, Location loc, ValueRange values) {
  Value result = values.empty() ? arith::ConstantIndexOp::create(b, loc, 1).getResult() : values.front();
  for (Value value : values.drop_front(values.empty() ? 0 : 1))
    result = arith::MulIOp::create(b, loc, result, value);
  return result;
}

/// Body of a loop kernel: tile numbers from `lo` to `hi`, the last dimension running fastest.
void buildTileLoop(OpBuilder &b, scf::ForallOp loop, Value lo, Value hi, IRMapping &mapping) {
  Location loc = loop.getLoc();
  // Bounds and steps as seen from inside the kernel.
  auto shadow = cast<scf::ForallOp>(b.cloneWithoutRegions(*loop, mapping));
  SmallVector<Value> counts = tileCounts(b, shadow), lower = shadow.getLowerBound(b), step = shadow.getStep(b);
  shadow.erase();
  auto tiles = scf::ForOp::create(b, loc, lo, hi, arith::ConstantIndexOp::create(b, loc, 1));
  b.setInsertionPointToStart(tiles.getBody());
  Value rest = tiles.getInductionVar();
  for (int64_t dim = counts.size() - 1; dim >= 0; --dim) {
    Value number = dim == 0 ? rest : arith::RemUIOp::create(b, loc, rest, counts[dim]).getResult();
    if (dim != 0)
      rest = arith::DivUIOp::create(b, loc, rest, counts[dim]);
    Value scaled = arith::MulIOp::create(b, loc, number, step[dim]);
    mapping.map(loop.getInductionVar(dim), arith::AddIOp::create(b, loc, scaled, lower[dim]));
  }
  for (Operation &op : loop.getBody()->without_terminator())
    b.clone(op, mapping);
  b.setInsertionPointAfter(tiles);
}

class Outliner {
public:
  Outliner(func::FuncOp main, ArrayRef<StringRef> symbols) : main(main), names(main.getName(), symbols), b(main.getContext()), functions(main) {
    functions.setInsertionPointAfter(main);
  }

  void outline(Operation *root);

private:
  func::FuncOp createFunction(Operation *root, const Captures &captures);
  void setArgumentAttributes(func::FuncOp function, const Captures &captures);
  void buildBody(func::FuncOp function, Operation *root, const Captures &captures);

  func::FuncOp main;
  KernelNames names;
  OpBuilder b, functions; ///< inside of functions; behind the last kernel
};

func::FuncOp Outliner::createFunction(Operation *root, const Captures &captures) {
  SmallVector<Type> types;
  for (Value buffer : captures.buffers)
    types.push_back(MemRefType::get({}, cast<MemRefType>(buffer.getType()).getElementType()));
  llvm::append_range(types, ValueRange(captures.scalars).getTypes());
  if (isa<scf::ForallOp>(root))
    types.append(2, b.getIndexType());
  const SmallVector<StringRef> nodes = nodeNames(root);
  auto rootName = root->getLoc()->findInstanceOf<NameLoc>();
  StringRef node = rootName ? rootName.getName().getValue() : nodes.empty() ? StringRef() : nodes.back();
  auto function = func::FuncOp::create(functions, root->getLoc(), names.next(node), b.getFunctionType(types, {}));
  function.setPrivate();
  function.setNoInline(true);
  function->setAttr("kernel.nodes", b.getStrArrayAttr(nodes));
  if (isa<scf::ForallOp>(root))
    function->setAttr("kernel.tiles", b.getUnitAttr());
  function.addEntryBlock();
  setArgumentAttributes(function, captures);
  return function;
}

/// Buffers are distinct: arguments of the model do not overlap, and buffers of the workspace that one kernel uses are live at the same time.
void Outliner::setArgumentAttributes(func::FuncOp function, const Captures &captures) {
  for (auto [index, buffer] : llvm::enumerate(captures.buffers)) {
    function.setArgAttr(index, LLVM::LLVMDialect::getNoAliasAttrName(), b.getUnitAttr());
    Attribute align;
    if (auto argument = dyn_cast<BlockArgument>(buffer))
      align = main.getArgAttr(argument.getArgNumber(), LLVM::LLVMDialect::getAlignAttrName());
    else if (buffer.getDefiningOp<memref::ViewOp>())
      align = b.getI64IntegerAttr(64);
    if (align)
      function.setArgAttr(index, LLVM::LLVMDialect::getAlignAttrName(), align);
    if (Operation *op = buffer.getDefiningOp(); op && op->hasAttr("kernel.scratch"))
      function.setArgAttr(index, "kernel.scratch", b.getUnitAttr());
  }
}

void Outliner::buildBody(func::FuncOp function, Operation *root, const Captures &captures) {
  Location loc = root->getLoc();
  b.setInsertionPointToStart(&function.front());
  IRMapping mapping;
  for (auto [index, scalar] : llvm::enumerate(captures.scalars))
    mapping.map(scalar, function.getArgument(captures.buffers.size() + index));
  // Constants first: sizes of buffers may be among them.
  for (Operation *op : captures.rebuilt)
    if (op->getNumOperands() == 0)
      b.clone(*op, mapping);
  for (auto [index, buffer] : llvm::enumerate(captures.buffers)) {
    SmallVector<Value> sizes;
    if (auto view = buffer.getDefiningOp<memref::ViewOp>())
      for (Value size : view.getSizes())
        sizes.push_back(mapping.lookup(size));
    mapping.map(buffer, rebuildBuffer(b, loc, function.getArgument(index), cast<MemRefType>(buffer.getType()), sizes));
  }
  for (Operation *op : captures.rebuilt)
    if (op->getNumOperands() != 0)
      b.clone(*op, mapping);
  if (auto loop = dyn_cast<scf::ForallOp>(root))
    buildTileLoop(b, loop, *(function.args_end() - 2), *(function.args_end() - 1), mapping);
  else
    b.clone(*root, mapping);
  func::ReturnOp::create(b, loc);
}

void Outliner::outline(Operation *root) {
  const Captures captures = CaptureCollector().collect(root);
  func::FuncOp function = createFunction(root, captures);
  buildBody(function, root, captures);
  functions.setInsertionPointAfter(function);
  b.setInsertionPoint(root);
  SmallVector<Value> operands;
  for (Value buffer : captures.buffers)
    operands.push_back(pointerTo(b, root->getLoc(), buffer));
  llvm::append_range(operands, captures.scalars);
  if (auto loop = dyn_cast<scf::ForallOp>(root)) {
    operands.push_back(arith::ConstantIndexOp::create(b, root->getLoc(), 0));
    operands.push_back(product(b, root->getLoc(), tileCounts(b, loop)));
  }
  func::CallOp::create(b, root->getLoc(), function, operands);
  root->erase();
}

struct OutlineKernelsPass : impl::OutlineKernelsPassBase<OutlineKernelsPass> {
  void runOnOperation() override {
    for (func::FuncOp main : llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (main.isExternal() || main.isPrivate() || main.getName().ends_with(".workspace"))
        continue;
      SmallVector<Operation *> roots;
      main.walk<WalkOrder::PreOrder>([&](Operation *op) {
        if (!isKernel(op))
          return WalkResult::advance();
        roots.push_back(op);
        return WalkResult::skip();
      });
      if (failed(checkBuffers(roots)))
        return signalPassFailure();
      SmallVector<StringRef> symbols;
      for (auto symbol : getOperation().getOps<SymbolOpInterface>())
        symbols.push_back(symbol.getName());
      Outliner outliner(main, symbols);
      for (Operation *root : roots)
        outliner.outline(root);
    }
  }

  /// Buffers that are neither views of the workspace nor arguments have no start that could be passed.
  LogicalResult checkBuffers(ArrayRef<Operation *> roots) {
    for (Operation *root : roots)
      for (Value buffer : CaptureCollector().collect(root).buffers) {
        auto type = cast<MemRefType>(buffer.getType());
        if (!type.getLayout().isIdentity() || (!type.hasStaticShape() && !buffer.getDefiningOp<memref::ViewOp>()))
          return root->emitError("internal: expected buffers planned in the workspace and pointers as arguments, found ") << type;
      }
    return success();
  }
};

} // namespace
} // namespace motion
