// Objects to files: shared libraries by the linker in this process, archives, single objects.
#ifndef COMPILER_EMIT_LINK_H
#define COMPILER_EMIT_LINK_H
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <functional>
#include <string>
#include <vector>

namespace motion {

/// A file without a place in the file system, as the linker wants files. Gone with this object.
class MemoryFile {
public:
  /// `write` fills the file.
  static llvm::Expected<MemoryFile> create(llvm::function_ref<void(llvm::raw_ostream &)> write);
  static llvm::Expected<MemoryFile> create(llvm::StringRef bytes);
  MemoryFile(MemoryFile &&other) : descriptor(std::exchange(other.descriptor, -1)) {}
  MemoryFile &operator=(MemoryFile &&) = delete;
  ~MemoryFile();
  std::string path() const;
  uint64_t size() const;

private:
  explicit MemoryFile(int descriptor) : descriptor(descriptor) {}
  int descriptor;
};

/// Links objects to a shared library at `output` that exports `exported` only, has no undefined symbols and needs no other library.
llvm::Error linkShared(llvm::ArrayRef<MemoryFile> objects, llvm::ArrayRef<std::string> exported, llvm::StringRef soname, llvm::StringRef output);

/// Joins objects to one relocatable object in which only `global` are not local. `scratch` is a path that may be written.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> joinObjects(llvm::ArrayRef<MemoryFile> objects, llvm::ArrayRef<std::string> global,
                                                                llvm::StringRef scratch);

/// An archive of one object, the same bytes whenever and wherever it is made.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> archive(llvm::MemoryBufferRef object, llvm::StringRef memberName);

} // namespace motion
#endif
