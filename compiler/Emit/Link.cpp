// Enters: objects in memory. Leaves: a shared library, an object or an archive. LLD runs in this process, one link at a time.
#include "compiler/Emit/Link.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include <mutex>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace motion {

Expected<MemoryFile> MemoryFile::create(function_ref<void(raw_ostream &)> write) {
  const int descriptor = ::memfd_create("motionc", MFD_CLOEXEC);
  if (descriptor < 0)
    return createStringError(std::error_code(errno, std::generic_category()), "no memory for an object file");
  MemoryFile file(descriptor);
  raw_fd_ostream out(descriptor, /*shouldClose=*/false);
  write(out);
  out.flush();
  if (out.has_error()) {
    std::error_code error = out.error();
    out.clear_error();
    return createStringError(error, "no memory for an object file");
  }
  return file;
}

Expected<MemoryFile> MemoryFile::create(StringRef bytes) {
  return create([&](raw_ostream &out) { out << bytes; });
}

MemoryFile::~MemoryFile() {
  if (descriptor >= 0)
    ::close(descriptor);
}

uint64_t MemoryFile::size() const {
  struct stat status = {};
  return ::fstat(descriptor, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(descriptor); }

namespace {

Error runLinker(std::vector<std::string> arguments) {
  static std::mutex oneAtATime; // LLD keeps global state
  std::scoped_lock lock(oneAtATime);
  std::vector<const char *> pointers = {"ld.lld", "--threads=1"};
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  std::string messages;
  raw_string_ostream out(messages);
  const lld::Result result = lld::lldMain(pointers, out, out, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0 || !result.canRunAgain)
    return createStringError("linking failed: " + StringRef(messages).trim().str());
  return Error::success();
}

/// Whether everything that a relocatable object names is in it.
Error checkDefined(const object::ObjectFile &object) {
  for (const object::SymbolRef &symbol : object.symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    Expected<StringRef> name = symbol.getName();
    if (!flags || !name)
      return joinErrors(flags.takeError(), name.takeError());
    // The offset table is the final linker's; code that reaches large constants counts from it.
    if (*flags & object::SymbolRef::SF_Undefined && !name->empty() && *name != "_GLOBAL_OFFSET_TABLE_")
      return createStringError("linking failed: undefined symbol: " + *name);
  }
  return Error::success();
}

} // namespace

Error linkShared(ArrayRef<MemoryFile> objects, ArrayRef<std::string> exported, StringRef soname, StringRef output) {
  Expected<MemoryFile> versions = MemoryFile::create("{ global: " + join(exported, "; ") + "; local: *; };\n");
  if (!versions)
    return versions.takeError();
  std::vector<std::string> arguments = {"-shared", "--no-undefined", "-z", "now", "-z", "relro", "--gc-sections", "-Bsymbolic", "--hash-style=gnu",
                                        "--build-id=sha1", "-soname", soname.str(), "--version-script=" + versions->path(), "-o", output.str()};
  for (const MemoryFile &object : objects)
    arguments.push_back(object.path());
  return runLinker(arguments);
}

Expected<std::unique_ptr<MemoryBuffer>> joinObjects(ArrayRef<MemoryFile> objects, ArrayRef<std::string> global, StringRef scratch) {
  std::vector<std::string> arguments = {"-r", "-o", scratch.str()};
  for (const MemoryFile &object : objects)
    arguments.push_back(object.path());
  FileRemover remover(scratch);
  if (Error error = runLinker(arguments))
    return std::move(error);
  Expected<object::OwningBinary<object::ObjectFile>> joined = object::ObjectFile::createObjectFile(scratch);
  if (!joined)
    return joined.takeError();
  if (Error error = checkDefined(*joined->getBinary()))
    return std::move(error);
  objcopy::ConfigManager config;
  for (const std::string &name : global)
    if (Error error = config.Common.SymbolsToKeepGlobal.addMatcher(objcopy::NameOrPattern::create(name, objcopy::MatchStyle::Literal, [](Error e) { return e; })))
      return std::move(error);
  SmallVector<char, 0> bytes;
  raw_svector_ostream out(bytes);
  if (Error error = objcopy::executeObjcopyOnBinary(config, *joined->getBinary(), out))
    return std::move(error);
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), "object", /*RequiresNullTerminator=*/false);
}

Expected<std::unique_ptr<MemoryBuffer>> archive(MemoryBufferRef object, StringRef memberName) {
  std::vector<NewArchiveMember> members;
  members.emplace_back(MemoryBufferRef(object.getBuffer(), memberName));
  return writeArchiveToBuffer(members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU, /*Deterministic=*/true, /*Thin=*/false);
}

} // namespace motion
