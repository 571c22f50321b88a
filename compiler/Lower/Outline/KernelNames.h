// Names of kernels, from the names of the nodes that they compute.
#ifndef COMPILER_LOWER_OUTLINE_KERNELNAMES_H
#define COMPILER_LOWER_OUTLINE_KERNELNAMES_H
#include "mlir/IR/Operation.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringSet.h"
#include <string>

namespace motion {

/// Names of the nodes that `op` and the ops inside of it come from: `NameLoc`s of their locations, each once, in order.
llvm::SmallVector<llvm::StringRef> nodeNames(mlir::Operation *op);

/// Gives symbols to kernels: `PREFIX.NODE`, NODE being the node's name with every run of characters outside [A-Za-z0-9_] as one `_`, at
/// most 48 characters, and a number where that is taken.
class KernelNames {
public:
  /// `symbols`: the module's symbols so far.
  KernelNames(llvm::StringRef prefix, llvm::ArrayRef<llvm::StringRef> symbols);
  std::string next(llvm::StringRef node);

private:
  std::string prefix;
  llvm::StringSet<> taken;
};

} // namespace motion
#endif
