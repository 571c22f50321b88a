// Enters: the bytes of a .npy file, or an array. Leaves: the array, or the bytes. Versions 1 to 3 of the format
// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html), no Python objects, no structured types.
#ifndef MOTION_RUNTIME_LOADER_NPY_H
#define MOTION_RUNTIME_LOADER_NPY_H

#include "runtime/loader/Array.h"

#include <span>

namespace motion {

/// Parses a whole .npy file; columns-first and big-endian data are reordered. Throws Error, naming `what`.
Array readNpy(std::span<const std::byte> bytes, const std::string &what);

/// Returns the array as a .npy file of version 1.0.
std::vector<std::byte> writeNpy(const Array &array);

} // namespace motion

#endif
