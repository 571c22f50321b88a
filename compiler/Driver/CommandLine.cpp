// The command line of motionc: the only place with llvm::cl.
#include "compiler/Driver/CommandLine.h"
#include "compiler/Codegen/Codegen.h"
#include "compiler/Driver/LlvmOptions.h"
#include "compiler/Pipelines/Pipelines.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Config/llvm-config.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Path.h"
#include <onnx/defs/schema.h>

using namespace llvm;

namespace motion {
namespace {

constexpr StringRef suffixes[] = {".so", ".a", ".o", ".s", ".ll", ".mlir"};

struct Arguments {
  cl::OptionCategory category{"motionc options"};
  cl::list<std::string> models{cl::Positional, cl::desc("model.onnx"), cl::cat(category)};
  cl::opt<std::string> output{"o", cl::desc("Output; the suffix decides: .so .a .o .s .ll .mlir"), cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> header{"header", cl::desc("C header (beside the library)"), cl::value_desc("file"), cl::cat(category)};
  cl::opt<std::string> name{"name", cl::desc("Prefix of the library's symbols (the model's file name)"), cl::value_desc("name"), cl::cat(category)};
  cl::opt<std::string> cpu{"cpu", cl::desc("Processor to compile for: native, x86-64-v3, x86-64-v4, or a name that LLVM knows (native)"),
                           cl::value_desc("cpu"), cl::init("native"), cl::cat(category)};
  cl::list<std::string> dims{"dim", cl::desc("Fix a dimension of the inputs, or bound it"), cl::value_desc("name=N|name=MIN..MAX"), cl::cat(category)};
  cl::list<std::string> outputs{"output", cl::desc("Result to keep; may be repeated (all)"), cl::value_desc("name"), cl::cat(category)};
  cl::opt<unsigned> threads{"threads", cl::desc("Most threads that a call may use (1)"), cl::value_desc("N"), cl::init(1), cl::cat(category)};
  cl::opt<bool> noChecks{"no-checks", cl::desc("No checks of arguments in NAME_run"), cl::cat(category)};
  cl::opt<std::string> stopAfter{"stop-after", cl::desc("Write the IR after this stage, to standard output without -o"), cl::value_desc("stage"),
                                 cl::cat(category)};
  cl::opt<std::string> dumpStages{"dump-stages", cl::desc("Write the IR after every stage into this folder"), cl::value_desc("folder"),
                                  cl::cat(category)};
  // In place of LLVM's own -h, which prints whatever follows it: --helpp would be help.
  cl::opt<bool> help{"h", cl::desc("Alias of --help"), cl::cat(category)};
  cl::opt<bool> verbose{"v", cl::desc("Print times of the stages and remarks"), cl::cat(category)};
};

bool wrongUsage(const Twine &message) {
  errs() << "motionc: " << message << "\nTry 'motionc --help'.\n";
  return false;
}

/// "batch=8" or "batch=1..64"; the name may have '=' in it.
bool parseDim(StringRef text, DimBinding &binding) {
  auto [name, range] = text.rsplit('=');
  auto [min, max] = range.contains("..") ? range.split("..") : std::pair(range, range);
  if (name.empty() || min.getAsInteger(10, binding.min) || max.getAsInteger(10, binding.max) || binding.min < 1 || binding.max < binding.min)
    return wrongUsage("--dim " + text + ": expected NAME=N or NAME=MIN..MAX with 1 <= MIN <= MAX");
  binding.name = name.str();
  return true;
}

bool isIdentifier(StringRef name) {
  return !name.empty() && !isDigit(name.front()) && all_of(name, [](char c) { return isAlnum(c) || c == '_'; });
}

bool checkUsage(const Options &options) {
  if (options.model.empty())
    return wrongUsage("no model given");
  const std::vector<StringRef> stages = stageNames();
  if (!options.stopAfter.empty() && !is_contained(stages, options.stopAfter))
    return wrongUsage("--stop-after=" + options.stopAfter + ": the stages are " + join(stages, ", "));
  const bool irOnly = !options.stopAfter.empty() && options.stopAfter != "emit";
  if (!irOnly && options.output.empty())
    return wrongUsage("no output given: add -o FILE");
  if (!irOnly && !is_contained(suffixes, sys::path::extension(options.output)))
    return wrongUsage("-o " + options.output + ": the suffix must be one of " + join(ArrayRef(suffixes), " "));
  if (!irOnly && options.header == options.output)
    return wrongUsage("--header " + options.header + ": the library is to be written there");
  if (irOnly && !options.output.empty() && options.output != "-" && sys::path::extension(options.output) != ".mlir")
    return wrongUsage("-o " + options.output + ": --stop-after writes IR, the suffix must be .mlir");
  for (size_t i = 0; i < options.dims.size(); ++i)
    for (size_t k = 0; k < i; ++k)
      if (options.dims[i].name == options.dims[k].name)
        return wrongUsage("--dim " + options.dims[i].name + ": given twice");
  if (!options.name.empty() && !isIdentifier(options.name))
    return wrongUsage("--name " + options.name + ": expected a C identifier");
  if (options.threads < 1 || options.threads > 1024)
    return wrongUsage("--threads " + Twine(options.threads) + ": expected 1 to 1024");
  if (Expected<Target> target = Target::fromCpu(options.cpu); !target)
    return wrongUsage(toString(target.takeError()));
  return true;
}

void printVersion(raw_ostream &out) {
  out << "motionc " MOTION_VERSION " (LLVM " LLVM_VERSION_STRING ", ONNX opset "
      << ::onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map().at("").second << ")\n";
}

} // namespace

std::optional<Options> parseCommandLine(int argc, const char *const *argv) {
  dropLlvmOptions();
  // lld resets every registered option: they live as long as the process.
  static Arguments arguments;
  cl::HideUnrelatedOptions(arguments.category);
  cl::SetVersionPrinter(printVersion);
  std::string problem;
  raw_string_ostream problems(problem);
  if (!cl::ParseCommandLineOptions(argc, argv, "Compiles an ONNX model into a library and its C header.\n", &problems)) {
    errs() << problem;
    return std::nullopt;
  }
  if (arguments.help) {
    cl::PrintHelpMessage(/*Hidden=*/false, /*Categorized=*/true);
    std::exit(0);
  }
  if (arguments.models.size() > 1) {
    wrongUsage("expected one model, found '" + arguments.models[0] + "' and '" + arguments.models[1] + "'");
    return std::nullopt;
  }
  Options options;
  if (!arguments.models.empty())
    options.model = arguments.models.front();
  options.output = arguments.output;
  options.header = arguments.header;
  options.name = arguments.name;
  options.cpu = arguments.cpu;
  options.stopAfter = arguments.stopAfter;
  options.dumpStages = arguments.dumpStages;
  options.outputs = arguments.outputs;
  options.threads = arguments.threads;
  options.checks = !arguments.noChecks;
  options.verbose = arguments.verbose;
  for (StringRef text : arguments.dims)
    if (!parseDim(text, options.dims.emplace_back()))
      return std::nullopt;
  if (!checkUsage(options))
    return std::nullopt;
  return options;
}

} // namespace motion
