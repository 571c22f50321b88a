// Enters: the command line of motion-run. Leaves: RunOptions, or a UsageError that names the argument.
#include "compiler/Driver/MotionRun/Options.h"
#include "runtime/loader/Error.h"

#include <charconv>
#include <cmath>
#include <functional>
#include <map>

namespace motion {

const char *const runUsage =
    R"(motion-run LIBRARY [options]: runs, checks, times and describes a library made by motionc

  --inputs FILE.npz    inputs by their ONNX names; those not given are random numbers
  --outputs FILE.npz   write the outputs
  --expect FILE.npz    compare the outputs with these; they differ where |found - expected| > atol + rtol * |expected|
  --rtol X, --atol X   tolerances: 1e-5 and 1e-6 if not given; integers and booleans must be equal if not given
  --dim NAME=N         set a free dimension (again for more); otherwise the inputs set it, else it is 1
  --threads N          threads to lend to the library (1)
  --seed N             of the random inputs (0)
  --bench              time the call: least, median and 99th percentile
  --json               with --bench: print JSON
  --describe           print what the library says of itself, without loading it
  --model NAME         which model of a library that holds several
  --help               this text

Exit code: 0 done, 1 library or file refused or run failed, 2 wrong usage, 3 outputs differ from --expect.
)";

template <typename T> static T number(const std::string &option, const std::string &text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw UsageError(option + ": expected a number, found " + quoted(text));
  return value;
}

static double tolerance(const std::string &option, const std::string &text) {
  double value = number<double>(option, text);
  if (!(value >= 0) || std::isinf(value))
    throw UsageError(option + ": expected a number of 0 or more, found " + quoted(text));
  return value;
}

static uint32_t threadCount(const std::string &option, const std::string &text) {
  auto value = number<uint32_t>(option, text);
  if (value < 1 || value > 1024)
    throw UsageError(option + ": expected 1 .. 1024, found " + quoted(text));
  return value;
}

static std::pair<std::string, int64_t> dimension(const std::string &option, const std::string &text) {
  size_t equals = text.rfind('=');
  if (equals == text.npos || equals == 0)
    throw UsageError(option + ": expected NAME=N, found " + quoted(text));
  return {text.substr(0, equals), number<int64_t>(option + " " + text.substr(0, equals), text.substr(equals + 1))};
}

static void checkTogether(const RunOptions &options) {
  if (options.library.empty())
    throw UsageError("expected a library; motion-run --help lists the options");
  if (options.describe && (options.bench || !(options.inputs + options.outputs + options.expect).empty()))
    throw UsageError("--describe does not run the library: no --inputs, --outputs, --expect or --bench with it");
  if (options.json && !options.bench)
    throw UsageError("--json goes with --bench");
  if ((options.rtol || options.atol) && options.expect.empty())
    throw UsageError("--rtol and --atol go with --expect");
}

RunOptions parseRunOptions(const std::vector<std::string> &arguments) {
  using Handler = std::function<void(const std::string &, const std::string &)>;
  RunOptions result;
  const std::map<std::string, Handler> valued = {
      {"--inputs", [&](auto &, auto &value) { result.inputs = value; }},
      {"--outputs", [&](auto &, auto &value) { result.outputs = value; }},
      {"--expect", [&](auto &, auto &value) { result.expect = value; }},
      {"--model", [&](auto &, auto &value) { result.model = value; }},
      {"--rtol", [&](auto &option, auto &value) { result.rtol = tolerance(option, value); }},
      {"--atol", [&](auto &option, auto &value) { result.atol = tolerance(option, value); }},
      {"--dim", [&](auto &option, auto &value) { result.dims.push_back(dimension(option, value)); }},
      {"--threads", [&](auto &option, auto &value) { result.threads = threadCount(option, value); }},
      {"--seed", [&](auto &option, auto &value) { result.seed = number<uint64_t>(option, value); }},
  };
  const std::map<std::string, bool *> flags = {
      {"--bench", &result.bench}, {"--json", &result.json}, {"--describe", &result.describe}, {"--help", &result.help}};
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string &argument = arguments[i];
    size_t equals = argument.find('=');
    std::string option = argument.substr(0, equals);
    if (auto flag = flags.find(argument); flag != flags.end()) {
      *flag->second = true;
    } else if (auto handler = valued.find(option); handler != valued.end()) {
      if (equals == argument.npos && i + 1 == arguments.size())
        throw UsageError(option + ": expected a value");
      std::string value = equals == argument.npos ? arguments[++i] : argument.substr(equals + 1);
      if (value.empty())
        throw UsageError(option + ": expected a value");
      handler->second(option, value);
    } else if (argument.starts_with("-") && argument.size() > 1) {
      throw UsageError("unknown option " + quoted(argument) + "; motion-run --help lists the options");
    } else if (!result.library.empty() || argument.empty()) {
      throw UsageError("expected one library, found " + quoted(argument) + " too");
    } else {
      result.library = argument;
    }
  }
  if (!result.help)
    checkTogether(result);
  return result;
}

} // namespace motion
