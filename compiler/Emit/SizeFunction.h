// The workspace's size: a function of the free dimensions, made safe, and its value at given dimensions.
#ifndef COMPILER_EMIT_SIZEFUNCTION_H
#define COMPILER_EMIT_SIZEFUNCTION_H
#include "llvm/IR/Function.h"
#include <optional>
#include <vector>

namespace motion {

/// Makes an i64 function return -1 when any sum or product in it needs more than 63 bits, or its result is negative.
void checkOverflow(llvm::Function &function);

/// The result of a function whose overflow is checked; nothing when it is -1 or cannot be computed when compiling.
std::optional<uint64_t> evaluateSize(llvm::Function &function, const std::vector<int64_t> &arguments);

} // namespace motion
#endif
