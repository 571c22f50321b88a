// The description that a library carries: struct motion_model with its tables and strings, as bytes.
#ifndef COMPILER_EMIT_DESCRIPTION_H
#define COMPILER_EMIT_DESCRIPTION_H
#include "compiler/Emit/Facts.h"
#include "compiler/Emit/Interface.h"
#include <vector>

namespace motion {

/// The description as runtime/motion_abi.h lays it out, little-endian. It starts with the magic.
std::vector<char> buildDescription(const ModelInterface &model, const LibraryFacts &facts);

} // namespace motion
#endif
