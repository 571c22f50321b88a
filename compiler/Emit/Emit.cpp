// Enters: IR, constants, options. Leaves: files, renamed to their places only when all of them are complete.
#include "compiler/Emit/Emit.h"
#include "compiler/Emit/DataObject.h"
#include "compiler/Emit/Description.h"
#include "compiler/Emit/Header.h"
#include "compiler/Emit/Link.h"
#include "compiler/Emit/Object.h"
#include "compiler/Emit/Routines.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <fcntl.h>
#include <unistd.h>

using namespace mlir;
using llvm::Error;
using llvm::Expected;

namespace motion {
namespace {

/// A file under a temporary name beside its place, until `keep`.
class PendingFile {
public:
  explicit PendingFile(llvm::StringRef path) : path(path) {
    llvm::sys::fs::createUniquePath(path + ".%%%%%%%%", temporary, /*MakeAbsolute=*/false);
    llvm::sys::RemoveFileOnSignal(temporary);
  }
  ~PendingFile() {
    llvm::sys::fs::remove(temporary);
    llvm::sys::DontRemoveFileOnSignal(temporary);
  }
  llvm::StringRef name() const { return temporary; }

  /// A place that a rename could not take: better known before another file has been renamed.
  Error checkPlace() const {
    return llvm::sys::fs::is_directory(path) ? fail(std::make_error_code(std::errc::is_a_directory)) : Error::success();
  }

  /// Whether the disk has room: the linker writes through a mapping, for which a full disk is a signal that ends the process.
  Error checkRoom(uint64_t bytes) {
    int descriptor = -1;
    if (std::error_code error = llvm::sys::fs::openFileForWrite(temporary, descriptor))
      return fail(error);
    const int error = ::fallocate(descriptor, 0, 0, static_cast<off_t>(bytes)) == 0 ? 0 : errno;
    ::close(descriptor);
    llvm::sys::fs::remove(temporary);
    return error == 0 || error == EOPNOTSUPP ? Error::success() : fail(std::error_code(error, std::generic_category()));
  }

  Error write(llvm::StringRef bytes) {
    std::error_code error;
    llvm::raw_fd_ostream out(temporary, error);
    if (!error) {
      out << bytes;
      out.close();
      error = out.error();
      out.clear_error();
    }
    return error ? fail(error) : Error::success();
  }

  Error keep() {
    std::error_code error = llvm::sys::fs::rename(temporary, path);
    return error ? fail(error) : Error::success();
  }

private:
  Error fail(std::error_code error) const { return llvm::createStringError(error, "cannot write %s: %s", path.c_str(), error.message().c_str()); }

  std::string path;
  llvm::SmallString<128> temporary;
};

/// What the linker adds to its objects at most: headers, tables, padding to pages.
constexpr uint64_t linkedRest = 65536;

class Emission {
public:
  Emission(ModuleOp module, const EmitOptions &options, llvm::ArrayRef<char> constants)
      : module(module), options(options), constants(constants), suffix(llvm::sys::path::extension(options.output)) {}

  Error run() {
    PendingFile output(options.output);
    if (Error error = output.checkPlace())
      return error;
    if (suffix == ".mlir")
      return finish(writeMlir(output), output);
    FailureOr<ModelInterface> read = readInterface(module);
    if (failed(read))
      return llvm::createStringError("");
    model = std::move(*read);
    Expected<Target> target = Target::fromCpu(options.cpu);
    if (!target)
      return target.takeError();
    Expected<std::unique_ptr<ModelCode>> code = ModelCode::create(module, model, *target, abiOptions());
    if (!code)
      return code.takeError();
    const auto type = suffix == ".ll" ? llvm::CodeGenFileType::Null : suffix == ".s" ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile;
    Expected<std::unique_ptr<llvm::MemoryBuffer>> compiled = (*code)->compile(type);
    if (!compiled)
      return compiled.takeError();
    if (type != llvm::CodeGenFileType::ObjectFile)
      return finish(output.write((*compiled)->getBuffer()), output);
    const LibraryFacts facts = collectFacts(**code, *target);
    PendingFile header(headerPath());
    if (Error error = header.checkPlace())
      return error;
    if (Error error = header.write(writeHeader(model, facts, llvm::sys::path::filename(headerPath()))))
      return error;
    if (Error error = link(**code, (*compiled)->getBuffer(), facts, target->vectorBits == 512, output))
      return error;
    if (Error error = header.keep())
      return error;
    return output.keep();
  }

private:
  static Error finish(Error error, PendingFile &output) { return error ? std::move(error) : output.keep(); }

  Error writeMlir(PendingFile &output) {
    std::string text;
    llvm::raw_string_ostream out(text);
    module.print(out, OpPrintingFlags().enableDebugInfo().useLocalScope());
    return output.write(text + "\n");
  }

  AbiOptions abiOptions() const {
    return {.checks = options.checks,
            .isShared = suffix == ".so" || suffix == ".ll" || suffix == ".s",
            .constantBytes = constants.size(),
            .largeConstants = constants.size() > largeConstantBytes};
  }

  LibraryFacts collectFacts(const ModelCode &code, const Target &target) const {
    LibraryFacts facts;
    facts.compiler = "motionc " MOTION_VERSION;
    facts.options = options.options;
    facts.triple = target.triple;
    facts.cpu = target.cpu;
    facts.threads = options.threads;
    facts.checks = options.checks;
    facts.constantBytes = constants.size();
    facts.stackBytes = code.stackBytes();
    facts.workspaceBytes = [&code](const std::vector<int64_t> &dims) { return code.workspaceBytes(dims); };
    return facts;
  }

  std::string headerPath() const {
    if (!options.header.empty())
      return options.header;
    llvm::SmallString<128> path(llvm::sys::path::parent_path(options.output));
    llvm::sys::path::append(path, model.name + ".h");
    return path.str().str();
  }

  Error link(const ModelCode &code, llvm::StringRef object, const LibraryFacts &facts, bool hasAvx512, PendingFile &output) {
    const std::vector<char> description = buildDescription(model, facts);
    const DataObject data{descriptionName(model), description, constantsName(model), constants};
    std::vector<MemoryFile> objects;
    const auto add = [&](Expected<MemoryFile> file) -> Error {
      if (!file)
        return file.takeError();
      objects.push_back(std::move(*file));
      return Error::success();
    };
    if (Error error = add(MemoryFile::create(object)))
      return error;
    if (Error error = add(MemoryFile::create([&](llvm::raw_ostream &out) { writeDataObject(data, out); })))
      return error;
    if (Error error = add(MemoryFile::create(cpuRoutineObject())))
      return error;
    if (Error error = add(MemoryFile::create(memoryRoutineObject(hasAvx512))))
      return error;
    if (code.calls("motion_fork"))
      if (Error error = add(MemoryFile::create(threadsRoutineObject())))
        return error;
    uint64_t bytes = linkedRest;
    for (const MemoryFile &object : objects)
      bytes += object.size();
    if (Error error = output.checkRoom(bytes))
      return error;
    const std::vector<std::string> exported = {model.name + "_run", model.name + "_workspace", model.name + "_model"};
    if (suffix == ".so")
      return linkShared(objects, exported, llvm::sys::path::filename(options.output), output.name());
    Expected<std::unique_ptr<llvm::MemoryBuffer>> joined = joinObjects(objects, exported, output.name());
    if (joined && suffix == ".a")
      joined = archive(**joined, model.name + ".o");
    return joined ? output.write((*joined)->getBuffer()) : joined.takeError();
  }

  ModuleOp module;
  const EmitOptions &options;
  llvm::ArrayRef<char> constants;
  llvm::StringRef suffix;
  ModelInterface model;
};

} // namespace

bool isEmitSuffix(llvm::StringRef path) {
  return llvm::is_contained({".so", ".a", ".o", ".s", ".ll", ".mlir"}, llvm::sys::path::extension(path));
}

LogicalResult emit(ModuleOp module, const EmitOptions &options, llvm::ArrayRef<char> constants) {
  if (!isEmitSuffix(options.output))
    return module.emitError("cannot write ") << options.output << ": expected a name that ends in .so, .a, .o, .s, .ll or .mlir";
  if (Error error = Emission(module, options, constants).run()) {
    // An empty message: reported where it was found.
    const std::string text = llvm::toString(std::move(error));
    if (!text.empty())
      module.emitError(text);
    return failure();
  }
  return success();
}

} // namespace motion
