// Enters: an .npz file, a zip archive of .npy files, or named arrays. Leaves: the arrays in the file's order, or the file.
#ifndef MOTION_RUNTIME_LOADER_NPZ_H
#define MOTION_RUNTIME_LOADER_NPZ_H

#include "runtime/loader/Array.h"

#include <span>
#include <utility>

namespace motion {

using NamedArrays = std::vector<std::pair<std::string, Array>>;

/// Returns the array of that name, or null.
const Array *findArray(const NamedArrays &arrays, const std::string &name);

/// Parses a whole .npz file, stored or (where zlib was found) deflated. Checks sizes, names and CRCs; throws Error, naming `what`.
NamedArrays parseNpz(std::span<const std::byte> bytes, const std::string &what);

/// Reads an .npz file.
NamedArrays readNpz(const std::string &path);

/// Returns the arrays as an .npz file, stored, the same bytes for the same arrays. Throws Error above 4 GiB.
std::vector<std::byte> formatNpz(const NamedArrays &arrays);

/// Writes an .npz file: whole or not at all.
void writeNpz(const std::string &path, const NamedArrays &arrays);

} // namespace motion

#endif
