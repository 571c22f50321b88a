// Kernels with the same code share one function: equal layers of a model become calls with different pointers.
//   func.call @m.fc1(%x, %a, ...)                  func.call @m.fc1(%x, %a, ...)
//   func.call @m.fc2(%a, %b, ...)           ->     func.call @m.fc1(%a, %b, ...)
//   func.func private @m.fc1, @m.fc2 {same}        func.func private @m.fc1
// The function that stays has the first kernel's name and nodes.
#include "compiler/Lower/Outline/Passes.h"

using namespace mlir;

namespace motion {
#define GEN_PASS_DEF_SHAREKERNELSPASS
#include "compiler/Lower/Outline/Passes.h.inc"
namespace {

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
    SmallVector<func::FuncOp> duplicates;
    for (auto kernel : getOperation().getOps<func::FuncOp>()) {
      if (!kernel->hasAttr("kernel.nodes"))
        continue;
      SmallVector<func::FuncOp> &candidates = byHash[hashOf(kernel)];
      auto *same = llvm::find_if(candidates, [&](func::FuncOp other) { return isSame(other, kernel); });
      if (same == candidates.end()) {
        candidates.push_back(kernel);
        continue;
      }
      replacements[kernel.getSymNameAttr()] = *same;
      duplicates.push_back(kernel);
    }
    getOperation().walk([&](func::CallOp call) {
      if (func::FuncOp kept = replacements.lookup(call.getCalleeAttr().getAttr()))
        call.setCallee(kept.getSymName());
    });
    for (func::FuncOp duplicate : duplicates)
      duplicate.erase();
  }
};

} // namespace
} // namespace motion
