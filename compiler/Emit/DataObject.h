// Constants and description as an ELF object that no code generator has touched.
#ifndef COMPILER_EMIT_DATAOBJECT_H
#define COMPILER_EMIT_DATAOBJECT_H
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace motion {

/// Above this, constants go to a large section, which code reaches by 64-bit offsets.
constexpr uint64_t largeConstantBytes = uint64_t(1) << 30;

/// The contents of the object and the names of its symbols.
struct DataObject {
  std::string descriptionName;
  llvm::ArrayRef<char> description; ///< goes into the note section .note.motion, which linkers place in a library's first page
  std::string constantsName;
  llvm::ArrayRef<char> constants;   ///< go into read-only pages of their own; may be empty
};

/// Writes an x86-64 ELF object with hidden symbols for both.
void writeDataObject(const DataObject &data, llvm::raw_ostream &out);

} // namespace motion
#endif
