// Enters: a planned call. Leaves: least, median and 99th percentile of many warm calls.
#include "compiler/Driver/MotionRun/Bench.h"
#include "runtime/loader/Error.h"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace motion {

static constexpr double warmUpNanoseconds = 0.2e9, measuredNanoseconds = 1e9;
/// One sample is at least this long, so that reading the clock (about 25 ns) stays below 2 %.
static constexpr double sampleNanoseconds = 1500;
static constexpr size_t minSamples = 20, maxSamples = 1000000;

static double now() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

static double timeCalls(Invocation &invocation, const Description &info, size_t calls) {
  double start = now();
  int result = 0;
  for (size_t i = 0; i < calls; ++i)
    result |= invocation.run();
  double elapsed = now() - start;
  if (result != 0)
    throw Error("run: " + info.resultText(invocation.run()));
  return elapsed;
}

Timing measure(Invocation &invocation, const Description &info) {
  double start = now(), shortest = INFINITY;
  size_t warmCalls = 0;
  while (warmCalls < 3 || (now() - start < warmUpNanoseconds && warmCalls < maxSamples)) {
    shortest = std::min(shortest, timeCalls(invocation, info, 1));
    ++warmCalls;
  }
  Timing timing;
  timing.callsPerSample = std::max<size_t>(1, static_cast<size_t>(std::ceil(sampleNanoseconds / std::max(shortest, 1.0))));
  std::vector<double> samples;
  start = now();
  while (samples.size() < minSamples || (now() - start < measuredNanoseconds && samples.size() < maxSamples))
    samples.push_back(timeCalls(invocation, info, timing.callsPerSample) / static_cast<double>(timing.callsPerSample));
  std::sort(samples.begin(), samples.end());
  auto percentile = [&](size_t percent) { return samples[(samples.size() - 1) * percent / 100]; };
  timing.samples = samples.size();
  timing.min = samples.front();
  timing.median = percentile(50);
  timing.p99 = percentile(99);
  return timing;
}

} // namespace motion
