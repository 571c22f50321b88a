// What description and header say about the code beside its interface.
#ifndef COMPILER_EMIT_FACTS_H
#define COMPILER_EMIT_FACTS_H
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace motion {

/// Facts about a finished library.
struct LibraryFacts {
  std::string compiler;           ///< motionc 1.0.0
  std::string options;            ///< those that made the library, as a command line
  std::string triple, cpu;        ///< target; ISA level
  unsigned threads = 1;           ///< most threads of a call
  bool checks = true;
  uint64_t constantBytes = 0;
  uint64_t stackBytes = 0;        ///< of the deepest call
  /// Bytes of workspace for these sizes of the free dims; nothing if there are more than memory can hold.
  std::function<std::optional<uint64_t>(const std::vector<int64_t> &freeDims)> workspaceBytes;
};

} // namespace motion
#endif
