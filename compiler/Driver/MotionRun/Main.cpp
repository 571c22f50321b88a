// Enters: a library made by motionc and .npz files. Leaves: its outputs, a comparison, times or its description.
#include "compiler/Driver/MotionRun/Bench.h"
#include "compiler/Driver/MotionRun/Compare.h"
#include "compiler/Driver/MotionRun/Describe.h"
#include "compiler/Driver/MotionRun/Options.h"
#include "runtime/loader/Error.h"
#include "runtime/motion_threads.h"

#include <cstdio>

using namespace motion;

namespace {
enum ExitCode { Done = 0, Refused = 1, WrongUsage = 2, Differs = 3 };

struct PoolDelete {
  void operator()(motion_host *host) const { motion_pool_destroy(host); }
};
using Pool = std::unique_ptr<motion_host, PoolDelete>;
} // namespace

static Pool makePool(const RunOptions &options, const Description &info) {
  if (options.threads == 1)
    return nullptr;
  if (!(info.model.features & MOTION_HAS_THREADS)) {
    std::fprintf(stderr, "motion-run: note: the library was made without --threads and runs on one thread\n");
    return nullptr;
  }
  Pool pool(motion_pool_create(options.threads));
  if (!pool)
    throw Error("the system does not start " + std::to_string(options.threads) + " threads");
  return pool;
}

static void printTiming(const Timing &timing, const Description &info, const RunOptions &options, const Invocation &invocation) {
  if (!options.json) {
    std::printf("min %.1f ns, median %.1f ns, p99 %.1f ns (%zu samples of %zu calls)\n", timing.min, timing.median, timing.p99,
                timing.samples, timing.callsPerSample);
    return;
  }
  std::string dims;
  for (size_t i = 0; i < info.dims.size(); ++i)
    dims += (i ? ", " : "") + quoted(info.dims[i].name) + ": " + std::to_string(invocation.dim(i));
  std::printf("{\"model\": %s, \"dims\": {%s}, \"threads\": %u, \"min_ns\": %.2f, \"median_ns\": %.2f, \"p99_ns\": %.2f, "
              "\"samples\": %zu, \"calls_per_sample\": %zu}\n",
              quoted(info.name).c_str(), dims.c_str(), options.threads, timing.min, timing.median, timing.p99, timing.samples,
              timing.callsPerSample);
}

static void printOutputs(const NamedArrays &outputs) {
  for (const auto &[name, array] : outputs)
    std::printf("output %s: dtype %s, shape %s\n", quoted(name).c_str(), array.type.str().c_str(), toString(array.shape).c_str());
}

static int describe(const RunOptions &options) {
  bool found = false;
  for (const Description &info : describeLibrary(options.library))
    if (options.model.empty() || info.name == options.model) {
      std::fputs(((found ? "\n" : "") + describeModel(info)).c_str(), stdout);
      found = true;
    }
  if (!found)
    throw UsageError(options.library + ": it holds no model " + quoted(options.model));
  return Done;
}

static int run(const RunOptions &options) {
  Library library(options.library, options.model);
  const Description &info = library.description();
  NamedArrays expected;
  if (!options.expect.empty())
    expected = readNpz(options.expect);
  Pool pool = makePool(options, info);
  Invocation invocation(library);
  invocation.setHost(pool.get());
  for (const auto &[name, size] : options.dims)
    invocation.setDim(name, size);
  if (!options.inputs.empty())
    for (const auto &[name, array] : readNpz(options.inputs))
      invocation.setInput(name, array);
  invocation.plan(options.seed);
  if (int result = invocation.run(); result != MOTION_OK)
    throw Error("run: " + info.resultText(result));
  NamedArrays outputs = invocation.outputs();
  if (!options.outputs.empty())
    writeNpz(options.outputs, outputs);
  if (!options.expect.empty()) {
    std::vector<std::string> lines = compareOutputs(info, outputs, expected, {options.rtol, options.atol});
    for (const std::string &line : lines)
      std::fprintf(stderr, "motion-run: %s\n", line.c_str());
    if (!lines.empty())
      return Differs;
  }
  if (options.bench)
    printTiming(measure(invocation, info), info, options, invocation);
  else
    printOutputs(outputs);
  return Done;
}

int main(int argc, char **argv) {
  try {
    RunOptions options = parseRunOptions(std::vector<std::string>(argv + 1, argv + argc));
    if (options.help)
      return std::fputs(runUsage, stdout), Done;
    return options.describe ? describe(options) : run(options);
  } catch (const UsageError &error) {
    std::fprintf(stderr, "motion-run: error: %s\n", error.what());
    return WrongUsage;
  } catch (const Error &error) {
    std::fprintf(stderr, "motion-run: error: %s\n", error.what());
    return Refused;
  } catch (const std::bad_alloc &) {
    std::fprintf(stderr, "motion-run: error: out of memory\n");
    return Refused;
  }
}
