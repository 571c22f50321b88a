// Kernels with the same code share one function: equal layers of a model become calls with different pointers.
//   func.call @m.fc1(%x, %a, ...)                  func.call @m.fc1(%x, %a, ...)
//   func.call @m.fc2(%a, %b, ...)           ->     func.call @m.fc1(%a, %b, ...)
//   func.func private @m.fc1, @m.fc2 {same}        func.func private @m.fc1
// The function that stays has the first kernel's name, and the nodes of all.
#include "compiler/Lower/Outline/Passes.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace motion {
#define GEN_PASS_DEF_SHAREKERNELSPASS
#include "compiler/Lower/Outline/Passes.h.inc"
namespace {

constexpr StringLiteral nodesName = "kernel.nodes";

llvm::hash_code hashOf(func::FuncOp kernel) {
  llvm::hash_code hash = llvm::hash_value(kernel.getFunctionType().getAsOpaquePointer());
  kernel.getBody().walk([&](Operation *op) {
    hash = llvm::hash_combine(hash, OperationEquivalence::computeHash(op, OperationEquivalence::ignoreHashValue, OperationEquivalence::ignoreHashValue,
                                                                      OperationEquivalence::IgnoreLocations));
  });
  return hash;
}

bool isSame(func::FuncOp a, func::FuncOp b) {
  return a.getFunctionType() == b.getFunctionType() && a.getArgAttrsAttr() == b.getArgAttrsAttr() && a->hasAttr("kernel.tiles") == b->hasAttr("kernel.tiles") &&
         OperationEquivalence::isRegionEquivalentTo(&a.getBody(), &b.getBody(), OperationEquivalence::IgnoreLocations);
}

struct ShareKernelsPass : impl::ShareKernelsPassBase<ShareKernelsPass> {
  void runOnOperation() override {
    llvm::DenseMap<size_t, SmallVector<func::FuncOp>> byHash;
    llvm::DenseMap<StringAttr, func::FuncOp> replacements;
    llvm::MapVector<Operation *, SmallVector<Attribute>> nodes;
    SmallVector<func::FuncOp> duplicates;
    for (auto kernel : getOperation().getOps<func::FuncOp>()) {
      auto names = kernel->getAttrOfType<ArrayAttr>(nodesName);
      if (!names)
        continue;
      SmallVector<func::FuncOp> &candidates = byHash[hashOf(kernel)];
      auto *same = llvm::find_if(candidates, [&](func::FuncOp other) { return isSame(other, kernel); });
      const bool isNew = same == candidates.end();
      func::FuncOp kept = isNew ? kernel : *same;
      llvm::append_range(nodes[kept], names);
      if (isNew) {
        candidates.push_back(kernel);
        continue;
      }
      replacements[kernel.getSymNameAttr()] = kept;
      duplicates.push_back(kernel);
    }
    getOperation().walk([&](func::CallOp call) {
      if (func::FuncOp kept = replacements.lookup(call.getCalleeAttr().getAttr()))
        call.setCallee(kept.getSymName());
    });
    for (auto &[kernel, names] : nodes)
      kernel->setAttr(nodesName, ArrayAttr::get(&getContext(), names));
    for (func::FuncOp duplicate : duplicates)
      duplicate.erase();
  }
};

} // namespace
} // namespace motion
