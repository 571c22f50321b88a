// The C routines that every library carries, as objects made when the compiler was built.
#ifndef COMPILER_EMIT_ROUTINES_H
#define COMPILER_EMIT_ROUTINES_H
#include "llvm/ADT/StringRef.h"

namespace motion {

/// Asks the CPU what it can do: motion_cpu_features.
llvm::StringRef cpuRoutineObject();
/// What kernels of several tiles call: motion_fork.
llvm::StringRef threadsRoutineObject();
/// memcpy, memmove, memset in vectors of 64 bytes (x86-64-v4) or 32 (x86-64-v3).
llvm::StringRef memoryRoutineObject(bool hasAvx512);

} // namespace motion
#endif
