// Enters: the path of a library that motionc made. Leaves: its description and its two functions, ready to call.
#ifndef MOTION_RUNTIME_LOADER_LIBRARY_H
#define MOTION_RUNTIME_LOADER_LIBRARY_H

#include "runtime/loader/Description.h"

#include <memory>
#include <string>

namespace motion {

/// Reads the descriptions of a library's file, made for any target, without loading it. Throws Error, naming the path.
std::vector<Description> describeLibrary(const std::string &path);

/// A loaded model. Unloads with the last copy of handle().
class Library {
public:
  /// Loads the library at `path`, model `name` where it holds several ("" when it holds one). Throws Error for a file that
  /// is damaged, made for another machine or needs more than this loader has.
  explicit Library(const std::string &path, const std::string &name = "");

  const Description &description() const { return info; }
  const motion_functions &functions() const { return table; }

private:
  std::shared_ptr<void> handle;
  Description info;
  motion_functions table = {};
};

/// Checks that an ELF file is a shared library of this machine with all of its bytes, which the system's loader does not:
/// it would die on a file cut short. Throws Error.
void checkSharedLibrary(std::span<const std::byte> bytes);

} // namespace motion

#endif
