// Timing.h: interleaved rounds over peers, and what is reported of them.
//
// One round gives every peer in turn a slice of time: a few calls to warm up, then samples. A sample is one call, or, when
// a call is shorter than the clock can tell well, as many calls as last two microseconds, divided. So a disturbance of
// the machine meets all peers alike, and the ratio of the medians of the rounds' minima is steady.
#ifndef MOTION_TEST_BENCHMARK_TIMING_H
#define MOTION_TEST_BENCHMARK_TIMING_H
#include <functional>
#include <vector>

namespace motion::bench {

struct TimingOptions {
  unsigned rounds = 20;
  double sliceSeconds = 0.01;  ///< of one peer in one round; at least three samples are taken
  double pauseSeconds = 0;     ///< between peers, for the threads of the last one to go to sleep
};

/// All times in microseconds per call.
struct TimingResult {
  double minimum = 0;             ///< of all samples
  double medianOfMinima = 0;      ///< median over rounds of each round's minimum
  double median = 0, p99 = 0;     ///< over all samples
  size_t samples = 0;
  unsigned callsPerSample = 1;
};

/// Times the functions in interleaved rounds; results in their order.
std::vector<TimingResult> timeInterleaved(const std::vector<std::function<void()>> &functions,
                                          const TimingOptions &options);

/// Seconds since some fixed moment.
double now();

/// Value below which the given fraction of the values lies; the values are sorted.
double percentile(std::vector<double> &values, double fraction);

} // namespace motion::bench
#endif
