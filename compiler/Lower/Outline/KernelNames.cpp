// Names of kernels: locations in, symbols out.
#include "compiler/Lower/Outline/KernelNames.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace motion {

llvm::SmallVector<llvm::StringRef> nodeNames(Operation *op) {
  llvm::SetVector<llvm::StringRef> names;
  op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
    inner->getLoc()->walk([&](Location part) {
      if (auto name = dyn_cast<NameLoc>(part))
        names.insert(name.getName().getValue());
      return WalkResult::advance();
    });
  });
  return names.takeVector();
}

KernelNames::KernelNames(llvm::StringRef prefix, llvm::ArrayRef<llvm::StringRef> symbols) : prefix(prefix) {
  for (llvm::StringRef symbol : symbols)
    taken.insert(symbol);
}

std::string KernelNames::next(llvm::StringRef node) {
  std::string clean;
  for (char c : node.take_front(48)) {
    if (llvm::isAlnum(c) || c == '_')
      clean += c;
    else if (!clean.empty() && clean.back() != '_')
      clean += '_';
  }
  while (!clean.empty() && clean.back() == '_')
    clean.pop_back();
  std::string symbol = prefix + "." + (clean.empty() ? "kernel" : clean), unique = symbol;
  for (unsigned i = 2; !taken.insert(unique).second; ++i)
    unique = symbol + "_" + std::to_string(i);
  return unique;
}

} // namespace motion
