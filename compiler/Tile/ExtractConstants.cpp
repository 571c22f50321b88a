// Moves every pure op that depends on weights alone into @NAME.constants; the main function reads the results from the constant section.
//   %w = kernel.weight 0 : tensor<256x132xf32>                 main:  %p = kernel.constant 0 : tensor<4x132x64xf32>
//   %p = linalg.transpose ins(%w ...) outs(%e ...)      ->     @NAME.constants(%w: memref<f32> {kernel.weight = 0}, %p: memref<f32> {kernel.offset = 0}):
//                                                                      the same ops in destination form
// A weight that is used as it is stays raw: module attribute kernel.raw lists (weight, offset) to be copied. Reshapes of constants stay in the
// main function, where they are views. Module attribute kernel.constant_bytes: size of the section.
#include "compiler/Tile/Passes.h"
#include "dialects/Kernel/KernelDialect.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

namespace motion {
#define GEN_PASS_DEF_EXTRACTCONSTANTSPASS
#include "compiler/Tile/Passes.h.inc"

using namespace mlir;

namespace {

constexpr int64_t alignment = 64;

/// Ops that make no data of their own: left out as roots, cloned where they are needed.
bool isView(Operation *op) { return isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(op); }
bool isFree(Operation *op) { return isa<tensor::EmptyOp, arith::ConstantOp, linalg::FillOp>(op) || op->hasTrait<OpTrait::ConstantLike>(); }

int64_t bytesOf(RankedTensorType type) {
  return type.getNumElements() * llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
}

class Extractor {
public:
  Extractor(ModuleOp module, func::FuncOp main) : module(module), main(main), builder(module.getContext()) {}

  void run() {
    for (Operation &op : main.getBody().front())
      classify(op);
    findRoots();
    place();
    buildFunction();
    replaceRoots();
  }

private:
  /// Constant: a weight, or pure with constant operands, at least one of which comes from a weight.
  void classify(Operation &op) {
    if (isa<kernel::WeightOp>(op)) {
      constant.insert(op.getResult(0));
      return;
    }
    if (!isMemoryEffectFree(&op) || op.hasTrait<OpTrait::IsTerminator>() || op.getNumResults() == 0)
      return;
    bool weight = false, known = true;
    const auto use = [&](Value value) {
      if (op.isAncestor(value.getParentRegion()->getParentOp()))
        return;
      Operation *definition = value.getDefiningOp();
      weight |= constant.contains(value);
      known &= constant.contains(value) || (definition && isFree(definition) && llvm::all_of(definition->getOperands(), [](Value v) {
                 return v.getDefiningOp() && isFree(v.getDefiningOp());
               }));
    };
    op.walk([&](Operation *inner) { llvm::for_each(inner->getOperands(), use); });
    const bool tensors = llvm::all_of(op.getResultTypes(), [](Type t) { return isa<RankedTensorType>(t) && cast<RankedTensorType>(t).hasStaticShape(); });
    if (weight && known && tensors)
      constant.insert_range(op.getResults());
  }

  /// Finds the constants that something not constant, or a view that stays behind, reads: in the order of their first readers, which is that of the
  /// section.
  void findRoots() {
    for (Operation &op : main.getBody().front())
      if (isLive(&op))
        op.walk([&](Operation *inner) {
          for (Value operand : inner->getOperands())
            if (constant.contains(operand) && !isView(operand.getDefiningOp()))
              readers.insert({operand, &op});
        });
  }

  bool isLive(Operation *user) {
    user = main.getBody().front().findAncestorOpInBlock(*user);
    if (user->getNumResults() == 0 || !constant.contains(user->getResult(0)))
      return true;
    return isView(user) && llvm::any_of(user->getUsers(), [&](Operation *next) { return isLive(next); });
  }

  void place() {
    int64_t offset = 0;
    SmallVector<Attribute> raw;
    llvm::DenseMap<int64_t, int64_t> rawOffsets;
    for (Value root : llvm::make_first_range(readers)) {
      auto weight = root.getDefiningOp<kernel::WeightOp>();
      if (weight)
        if (auto it = rawOffsets.find(weight.getId()); it != rawOffsets.end()) {
          placed.push_back({root, it->second});
          continue;
        }
      offset = llvm::alignTo(offset, alignment);
      placed.push_back({root, offset});
      if (weight) {
        rawOffsets[weight.getId()] = offset;
        raw.push_back(builder.getDenseI64ArrayAttr({static_cast<int64_t>(weight.getId()), offset}));
      } else {
        computed.push_back({root, offset});
      }
      offset += bytesOf(cast<RankedTensorType>(root.getType()));
    }
    module->setAttr("kernel.raw", builder.getArrayAttr(raw));
    module->setAttr("kernel.constant_bytes", builder.getI64IntegerAttr(offset));
  }

  /// All ops that the computed roots need, in order.
  SmallVector<Operation *> slice() {
    llvm::SetVector<Operation *> needed;
    SmallVector<Operation *> work;
    for (auto [root, offset] : computed)
      work.push_back(root.getDefiningOp());
    while (!work.empty()) {
      Operation *op = work.pop_back_val();
      if (!needed.insert(op))
        continue;
      op->walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          if (Operation *definition = operand.getDefiningOp(); definition && definition->getBlock() == op->getBlock())
            work.push_back(definition);
      });
    }
    SmallVector<Operation *> ops = needed.takeVector();
    llvm::sort(ops, [](Operation *x, Operation *y) { return x->isBeforeInBlock(y); });
    return ops;
  }

  /// A rank-0 memref argument as a memref of the tensor's shape.
  Value shaped(OpBuilder &b, Location loc, Value pointer, RankedTensorType type) {
    SmallVector<OpFoldResult> sizes, strides;
    int64_t stride = 1;
    for (int64_t size : llvm::reverse(type.getShape())) {
      sizes.insert(sizes.begin(), b.getIndexAttr(size));
      strides.insert(strides.begin(), b.getIndexAttr(stride));
      stride *= size;
    }
    auto memref = MemRefType::get(type.getShape(), type.getElementType());
    return memref::ReinterpretCastOp::create(b, loc, memref, pointer, OpFoldResult(b.getIndexAttr(0)), sizes, strides);
  }

  void buildFunction() {
    if (computed.empty())
      return;
    SmallVector<Operation *> ops = slice();
    SmallVector<Type> types;
    SmallVector<kernel::WeightOp> weights;
    for (Operation *op : ops)
      if (auto weight = dyn_cast<kernel::WeightOp>(op)) {
        weights.push_back(weight);
        types.push_back(MemRefType::get({}, cast<RankedTensorType>(weight.getType()).getElementType()));
      }
    for (auto [root, offset] : computed)
      types.push_back(MemRefType::get({}, cast<RankedTensorType>(root.getType()).getElementType()));
    builder.setInsertionPointAfter(main);
    auto function = func::FuncOp::create(builder, main.getLoc(), (main.getName() + ".constants").str(), builder.getFunctionType(types, {}));
    Block *entry = function.addEntryBlock();
    builder.setInsertionPointToStart(entry);
    IRMapping map;
    // Set all at once: one by one makes a new list of all of them each time.
    SmallVector<DictionaryAttr> attributes;
    const auto note = [&](StringRef name, Attribute value) { attributes.push_back(builder.getDictionaryAttr(builder.getNamedAttr(name, value))); };
    for (auto [index, weight] : llvm::enumerate(weights)) {
      note("kernel.weight", weight.getIdAttr());
      Value memref = shaped(builder, weight.getLoc(), entry->getArgument(index), cast<RankedTensorType>(weight.getType()));
      map.map(weight.getResult(), bufferization::ToTensorOp::create(builder, weight.getLoc(), weight.getType(), memref, /*restrict=*/true).getResult());
    }
    for (Operation *op : ops)
      if (!isa<kernel::WeightOp>(op))
        builder.clone(*op, map);
    for (auto [index, entryOfRoot] : llvm::enumerate(computed)) {
      auto [root, offset] = entryOfRoot;
      const unsigned argument = weights.size() + index;
      note("kernel.offset", builder.getI64IntegerAttr(offset));
      Value memref = shaped(builder, root.getLoc(), entry->getArgument(argument), cast<RankedTensorType>(root.getType()));
      bufferization::MaterializeInDestinationOp::create(builder, root.getLoc(), TypeRange(), map.lookup(root), memref, true, true);
    }
    function.setAllArgAttrs(attributes);
    func::ReturnOp::create(builder, main.getLoc());
  }

  void replaceRoots() {
    for (auto [root, offset] : placed) {
      // Where it is read: defined earlier, a pointer would live across the calls of the kernels between.
      builder.setInsertionPoint(readers.lookup(root));
      Value read = kernel::ConstantOp::create(builder, root.getLoc(), root.getType(), offset);
      root.replaceUsesWithIf(read, [&](OpOperand &use) { return isLive(use.getOwner()); });
    }
    // What fed only the constants is dead now.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(main.getBody().front())))
      if (op.getNumResults() && constant.contains(op.getResult(0)) && op.use_empty())
        op.erase();
  }

  ModuleOp module;
  func::FuncOp main;
  OpBuilder builder;
  llvm::DenseSet<Value> constant;
  llvm::MapVector<Value, Operation *> readers; // of each root, the first
  SmallVector<std::pair<Value, int64_t>> placed, computed;
};

struct ExtractConstantsPass : impl::ExtractConstantsPassBase<ExtractConstantsPass> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (function.isPublic() && !function.isDeclaration()) {
        for (auto loop : llvm::to_vector(function.getOps<scf::ForOp>()))
          moveLoopInvariantCode(loop); // what every step would do with weights alone
        Extractor(getOperation(), function).run();
      }
  }
};

} // namespace
} // namespace motion
