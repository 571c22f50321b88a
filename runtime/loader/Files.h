// Enters: paths. Leaves: whole files, read or written.
#ifndef MOTION_RUNTIME_LOADER_FILES_H
#define MOTION_RUNTIME_LOADER_FILES_H

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace motion {

/// Reads a whole regular file; throws Error with the system's reason.
std::vector<std::byte> readFile(const std::string &path);

/// Writes a file beside `path` and renames it, so that no half-written file is left. Throws Error with the system's reason.
void writeFile(const std::string &path, std::span<const std::byte> bytes);

} // namespace motion

#endif
