// Timing.cpp: interleaved rounds. See Timing.h.
#include "test/Benchmark/Timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

namespace motion::bench {

constexpr double ShortestSample = 2e-6; // the clock costs about 20 ns: one per cent
constexpr unsigned LeastSamples = 3;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double percentile(std::vector<double> &values, double fraction) {
  std::sort(values.begin(), values.end());
  auto rank = static_cast<size_t>(std::ceil(fraction * static_cast<double>(values.size())));
  return values[rank == 0 ? 0 : rank - 1];
}

static double timeCalls(const std::function<void()> &function, unsigned calls) {
  double start = now();
  for (unsigned i = 0; i < calls; ++i)
    function();
  return now() - start;
}

/// Calls per sample: the shortest power of two that lasts long enough, after a warm-up.
static unsigned chooseCalls(const std::function<void()> &function) {
  for (unsigned i = 0; i < 3; ++i)
    function();
  unsigned calls = 1;
  while (calls < 1024 && std::min(timeCalls(function, calls), timeCalls(function, calls)) < ShortestSample)
    calls *= 2;
  return calls;
}

/// One slice of one peer: warms up for a tenth of it, then appends samples. Returns the smallest of them.
static double sample(const std::function<void()> &function, unsigned calls, double seconds,
                     std::vector<double> &samples) {
  double start = now(), smallest = INFINITY;
  do
    function();
  while (now() - start < seconds / 10);
  start = now();
  for (unsigned i = 0; i < LeastSamples || now() - start < seconds; ++i) {
    double time = timeCalls(function, calls) / calls;
    samples.push_back(time);
    smallest = std::min(smallest, time);
  }
  return smallest;
}

std::vector<TimingResult> timeInterleaved(const std::vector<std::function<void()>> &functions,
                                          const TimingOptions &options) {
  std::vector<unsigned> calls;
  for (const auto &function : functions)
    calls.push_back(chooseCalls(function));
  std::vector<std::vector<double>> samples(functions.size()), minima(functions.size());
  for (unsigned round = 0; round < options.rounds; ++round)
    for (size_t i = 0; i < functions.size(); ++i) {
      if (options.pauseSeconds > 0)
        std::this_thread::sleep_for(std::chrono::duration<double>(options.pauseSeconds));
      minima[i].push_back(sample(functions[i], calls[i], options.sliceSeconds, samples[i]));
    }
  std::vector<TimingResult> results(functions.size());
  for (size_t i = 0; i < functions.size(); ++i) {
    results[i].samples = samples[i].size();
    results[i].callsPerSample = calls[i];
    results[i].medianOfMinima = percentile(minima[i], 0.5) * 1e6;
    results[i].minimum = minima[i].front() * 1e6; // sorted by percentile()
    results[i].median = percentile(samples[i], 0.5) * 1e6;
    results[i].p99 = percentile(samples[i], 0.99) * 1e6;
  }
  return results;
}

} // namespace motion::bench
