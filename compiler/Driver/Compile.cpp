// From a path to a library: a context, the stages in order, files under temporary names until they are complete.
#include "compiler/Driver/Compile.h"
#include "compiler/Emit/Emit.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Pipelines/Pipelines.h"
#include "compiler/Pipelines/Registration.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <chrono>

using namespace mlir;

namespace motion {
namespace {

/// The node that a location names; empty when it names none.
llvm::StringRef nodeOf(Location loc) {
  llvm::StringRef name;
  loc->walk([&](Location inner) {
    if (auto named = dyn_cast<NameLoc>(inner)) {
      name = named.getName().strref();
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return name;
}

/// Prints diagnostics as "error: MODEL: node 'NAME': text", notes indented below.
class DiagnosticPrinter {
public:
  DiagnosticPrinter(const Options &options, llvm::raw_ostream &out) : options(options), out(out) {}

  void operator()(Diagnostic &diagnostic) const {
    const DiagnosticSeverity severity = diagnostic.getSeverity();
    if (severity == DiagnosticSeverity::Remark && !options.verbose)
      return;
    out << (severity == DiagnosticSeverity::Error ? "error: " : severity == DiagnosticSeverity::Warning ? "warning: " : "remark: ")
        << options.model << ": ";
    printNode(diagnostic.getLocation());
    out << diagnostic << "\n";
    for (Diagnostic &note : diagnostic.getNotes()) {
      out << "  note: ";
      if (nodeOf(note.getLocation()) != nodeOf(diagnostic.getLocation()))
        printNode(note.getLocation());
      out << note << "\n";
    }
  }

private:
  void printNode(Location loc) const {
    if (llvm::StringRef node = nodeOf(loc); !node.empty())
      out << "node '" << node << "': ";
  }

  const Options &options;
  llvm::raw_ostream &out;
};

class Compilation {
public:
  Compilation(const Options &options, llvm::raw_ostream &messages)
      : options(options), messages(messages), context(MLIRContext::Threading::DISABLED),
        handler(&context, DiagnosticPrinter(options, messages)) {
    DialectRegistry registry;
    registerDialects(registry);
    context.appendDialectRegistry(registry);
    context.printOpOnDiagnostic(options.verbose);
  }

  LogicalResult run() {
    if (!options.dumpStages.empty())
      if (std::error_code error = llvm::sys::fs::create_directories(options.dumpStages))
        return fail("cannot make the folder " + options.dumpStages + ": " + error.message());
    llvm::Expected<Target> target = Target::fromCpu(options.cpu);
    if (!target)
      return fail(llvm::toString(target.takeError()));
    // What later stages lower does not matter to who looks at the import alone.
    ImportOptions import{.name = options.name, .dims = options.dims, .outputs = options.outputs, .supported = options.stopAfter == "import" ? nullptr : &supportedOperators()};
    FailureOr<OwningOpRef<ModuleOp>> imported = importModel(options.model, import, weights, context);
    if (failed(imported))
      return failure();
    module = std::move(*imported);
    if (failed(stageDone("import")) ||
        failed(runStages(*module, options, *target, weights, constants, [&](llvm::StringRef stage) { return stageDone(stage); })))
      return failure();
    if (!options.stopAfter.empty() && options.stopAfter != "emit")
      return writeIr(options.output);
    if (llvm::sys::path::extension(options.output) == ".mlir")
      return writeIr(options.output);
    EmitOptions emission{.output = options.output, .header = options.header, .cpu = options.cpu, .threads = options.threads, .checks = options.checks,
                         .options = describe()};
    llvm::StringRef section = constants ? llvm::StringRef(constants->getBuffer().data(), constants->getBufferSize()) : llvm::StringRef();
    if (failed(emit(*module, emission, llvm::ArrayRef<char>(section.data(), section.size()))))
      return failure();
    return stageDone("emit", /*ir=*/false);
  }

private:
  /// The options that make a difference to the library, as a command line.
  std::string describe() const {
    std::string text = "--cpu=" + options.cpu;
    for (const DimBinding &dim : options.dims)
      text += " --dim=" + dim.name + "=" + std::to_string(dim.min) + (dim.min == dim.max ? "" : ".." + std::to_string(dim.max));
    for (const std::string &output : options.outputs)
      text += " --output=" + output;
    if (options.threads > 1)
      text += " --threads=" + std::to_string(options.threads);
    return text + (options.checks ? "" : " --no-checks");
  }

  LogicalResult fail(const llvm::Twine &message) {
    messages << "error: " << message << "\n";
    return failure();
  }

  LogicalResult stageDone(llvm::StringRef stage, bool ir = true) {
    const auto now = std::chrono::steady_clock::now();
    if (options.verbose)
      messages << llvm::format("%9.3f ms  ", std::chrono::duration<double, std::milli>(now - stageStart).count()) << stage << "\n";
    LogicalResult result = success();
    if (ir && !options.dumpStages.empty()) {
      llvm::SmallString<128> path(options.dumpStages);
      llvm::sys::path::append(path, std::to_string(stageIndex) + "-" + stage + ".mlir");
      result = writeIr(path);
    }
    ++stageIndex;
    stageStart = std::chrono::steady_clock::now();
    return result;
  }

  /// Writes the module with the nodes' names, complete or not at all.
  LogicalResult writeIr(llvm::StringRef path) {
    OpPrintingFlags flags;
    flags.enableDebugInfo().useLocalScope();
    const std::string place = path.empty() ? "-" : path.str();
    auto print = [&](llvm::raw_ostream &out) -> llvm::Error {
      module->print(out, flags);
      out << "\n";
      out.flush();
      auto &file = static_cast<llvm::raw_fd_ostream &>(out); // so says writeToOutput, which keeps what could not be written in full
      const std::error_code error = file.error();
      file.clear_error();
      return error ? llvm::createFileError(place, error) : llvm::Error::success();
    };
    if (llvm::Error error = llvm::writeToOutput(place, print))
      return fail("cannot write " + llvm::toString(std::move(error)));
    return success();
  }

  const Options &options;
  llvm::raw_ostream &messages;
  MLIRContext context;
  ScopedDiagnosticHandler handler;
  WeightStore weights;
  OwningOpRef<ModuleOp> module;
  ConstantSection constants;
  unsigned stageIndex = 1;
  std::chrono::steady_clock::time_point stageStart = std::chrono::steady_clock::now();
};

} // namespace

LogicalResult compile(const Options &options, llvm::raw_ostream &messages) { return Compilation(options, messages).run(); }

} // namespace motion
