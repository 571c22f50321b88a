// The C header of a library.
#ifndef COMPILER_EMIT_HEADER_H
#define COMPILER_EMIT_HEADER_H
#include "compiler/Emit/Facts.h"
#include "compiler/Emit/Interface.h"
#include <string>

namespace motion {

/// The header's text; `fileName` is what it is going to be called.
std::string writeHeader(const ModelInterface &model, const LibraryFacts &facts, llvm::StringRef fileName);

} // namespace motion
#endif
