// Shape changes that other families need too.
#ifndef COMPILER_LINALG_RESHAPING_H
#define COMPILER_LINALG_RESHAPING_H
#include "compiler/Linalg/Node.h"

namespace motion {

/// linalg.transpose: dimension i of the result is dimension permutation[i] of `x`. The identity gives `x` itself.
Tensor transpose(Node &node, const Tensor &x, llvm::ArrayRef<int64_t> permutation);

} // namespace motion
#endif
