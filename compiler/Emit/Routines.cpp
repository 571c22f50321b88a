// The embedded objects by name. Their arrays are in a generated file.
#include "compiler/Emit/Routines.h"

extern const unsigned char cpu[], memory_v3[], memory_v4[], threads[];
extern const unsigned long cpu_size, memory_v3_size, memory_v4_size, threads_size;

namespace motion {

static llvm::StringRef bytes(const unsigned char *data, unsigned long size) { return {reinterpret_cast<const char *>(data), size}; }

llvm::StringRef cpuRoutineObject() { return bytes(cpu, cpu_size); }
llvm::StringRef threadsRoutineObject() { return bytes(threads, threads_size); }
llvm::StringRef memoryRoutineObject(bool hasAvx512) { return hasAvx512 ? bytes(memory_v4, memory_v4_size) : bytes(memory_v3, memory_v3_size); }

} // namespace motion
