// Limits.h: what this machine can do at best: fused multiply-adds and read bandwidth, on one or several threads.
#ifndef MOTION_TEST_BENCHMARK_LIMITS_H
#define MOTION_TEST_BENCHMARK_LIMITS_H
#include <cstddef>
#include <string>
#include <vector>

namespace motion::bench {

struct BandwidthPoint {
  double megabytes;          ///< 10^6 bytes, of all threads together
  double gigabytesPerSecond; ///< best of several passes
};

struct Limits {
  double avx512 = 0, avx2 = 0; ///< GFLOP/s of all threads together, a fused multiply-add counted as two; 0: not there
  std::vector<BandwidthPoint> bandwidth;
};

/// Measures with one thread per entry of `cores`, each pinned to its core.
Limits measureLimits(const std::vector<int> &cores, bool quick);

/// A fixed piece of arithmetic, about 0.2 ms, whose time shows whether the machine is disturbed. Returns seconds.
double calibrationLoop();

/// Lets the calling thread run on these cores only.
void pinTo(const std::vector<int> &cores);

} // namespace motion::bench
#endif
