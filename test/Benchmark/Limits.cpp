// Limits.cpp: peak loops and read streams, each repeated on all threads at once behind a spinning barrier.
//
// FMA: twelve (AVX2) and twenty-four (AVX-512) independent accumulators, more than latency times throughput anywhere.
// Read: eight vector loads in flight, summed so that none can be dropped; every thread reads its share of the size.
#include "test/Benchmark/Limits.h"
#include "test/Benchmark/Timing.h"
#include "test/Benchmark/Workload.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <immintrin.h>
#include <sched.h>
#include <thread>

namespace motion::bench {
namespace {

/// Makes the compiler believe that the value is used.
void keep(float value) { asm volatile("" : : "x"(value)); }

template <unsigned Count> __attribute__((target("avx512f"), noinline)) double fmaAvx512(float scale, size_t steps) {
  __m512 factor = _mm512_set1_ps(scale), accumulators[Count];
  for (unsigned i = 0; i < Count; ++i)
    accumulators[i] = _mm512_set1_ps(static_cast<float>(i));
  for (size_t step = 0; step < steps; ++step)
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < Count; ++i)
      accumulators[i] = _mm512_fmadd_ps(accumulators[i], factor, factor);
  float sum = 0;
  for (unsigned i = 0; i < Count; ++i)
    sum += _mm512_reduce_add_ps(accumulators[i]);
  keep(sum);
  return 2.0 * 16 * Count * static_cast<double>(steps);
}

template <unsigned Count> __attribute__((target("avx2,fma"), noinline)) double fmaAvx2(float scale, size_t steps) {
  __m256 factor = _mm256_set1_ps(scale), accumulators[Count];
  for (unsigned i = 0; i < Count; ++i)
    accumulators[i] = _mm256_set1_ps(static_cast<float>(i));
  for (size_t step = 0; step < steps; ++step)
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < Count; ++i)
      accumulators[i] = _mm256_fmadd_ps(accumulators[i], factor, factor);
  float sum = 0;
  for (unsigned i = 0; i < Count; ++i)
    sum += accumulators[i][0];
  keep(sum);
  return 2.0 * 8 * Count * static_cast<double>(steps);
}

__attribute__((target("avx512f"), noinline)) void readAvx512(const float *data, size_t bytes) {
  __m512 sums[8] = {};
  for (const float *end = data + bytes / sizeof(float); data != end; data += 128)
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < 8; ++i)
      sums[i] = _mm512_add_ps(sums[i], _mm512_load_ps(data + 16 * i));
  for (unsigned i = 1; i < 8; ++i)
    sums[0] = _mm512_add_ps(sums[0], sums[i]);
  keep(_mm512_reduce_add_ps(sums[0]));
}

__attribute__((target("avx2"), noinline)) void readAvx2(const float *data, size_t bytes) {
  __m256 sums[8] = {};
  for (const float *end = data + bytes / sizeof(float); data != end; data += 64)
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < 8; ++i)
      sums[i] = _mm256_add_ps(sums[i], _mm256_load_ps(data + 8 * i));
  for (unsigned i = 1; i < 8; ++i)
    sums[0] = _mm256_add_ps(sums[0], sums[i]);
  keep(sums[0][0]);
}

bool hasAvx512() { return __builtin_cpu_supports("avx512f"); }
bool hasAvx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }

/// Runs work(index) on one pinned thread per core at once, `repeats` times; returns the shortest time of a round, from
/// the last thread's start to the last thread's end.
template <typename Work> double fastestRound(const std::vector<int> &cores, unsigned repeats, Work work) {
  auto count = static_cast<unsigned>(cores.size());
  std::vector<double> starts(repeats * count), ends(repeats * count);
  std::atomic<unsigned> arrived{0};
  auto body = [&](unsigned index) {
    pinTo({cores[index]});
    work(index); // warm
    for (unsigned round = 0; round < repeats; ++round) {
      ++arrived;
      while (arrived < (round + 1) * count)
        _mm_pause();
      starts[round * count + index] = now();
      work(index);
      ends[round * count + index] = now();
    }
  };
  std::vector<std::thread> others;
  for (unsigned index = 1; index < count; ++index)
    others.emplace_back(body, index);
  body(0);
  for (std::thread &thread : others)
    thread.join();
  double best = 1e30;
  for (unsigned round = 0; round < repeats; ++round) {
    auto first = starts.begin() + round * count, last = ends.begin() + round * count;
    best = std::min(best, *std::max_element(last, last + count) - *std::min_element(first, first + count));
  }
  return best;
}

double peak(const std::vector<int> &cores, bool quick, double (*loop)(float, size_t)) {
  constexpr size_t Steps = 50000;
  double operations = 0;
  double seconds = fastestRound(cores, quick ? 20 : 100, [&](unsigned index) {
    double done = loop(0.5f, Steps);
    if (index == 0)
      operations = done;
  });
  return operations * static_cast<double>(cores.size()) / seconds / 1e9;
}

double readSpeed(const std::vector<int> &cores, const Buffer &buffer, size_t bytes) {
  size_t share = bytes / cores.size() / 512 * 512;
  // A round of at least 0.2 ms, and enough rounds to meet an undisturbed one.
  size_t passes = std::max<size_t>(1, 20'000'000 / (share * cores.size()));
  constexpr unsigned Repeats = 7;
  double seconds = fastestRound(cores, Repeats, [&](unsigned index) {
    auto *data = reinterpret_cast<const float *>(static_cast<const char *>(buffer.data()) + index * share);
    for (size_t pass = 0; pass < passes; ++pass)
      hasAvx512() ? readAvx512(data, share) : readAvx2(data, share);
  });
  return static_cast<double>(passes * share * cores.size()) / seconds / 1e9;
}

} // namespace

void pinTo(const std::vector<int> &cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int core : cores)
    CPU_SET(static_cast<unsigned>(core), &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    fail("the process may not run on the wanted cores: choose others by --cpu");
}

double calibrationLoop() {
  double start = now();
  float value = 1;
  asm volatile("" : "+x"(value)); // unknown to the compiler from here
  for (int i = 0; i < 100000; ++i) // a chain of dependent operations: independent of caches, bound by the clock
    value = value * 0.999f + 0.001f;
  keep(value);
  return now() - start;
}

Limits measureLimits(const std::vector<int> &cores, bool quick) {
  Limits limits;
  if (hasAvx512())
    limits.avx512 = peak(cores, quick, fmaAvx512<24>);
  if (!hasAvx2())
    return limits;
  limits.avx2 = peak(cores, quick, fmaAvx2<12>);
  constexpr double Sizes[] = {0.25, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 26, 32, 39, 50, 64, 80, 100};
  Buffer buffer(100'000'000);
  std::memset(buffer.data(), 0, buffer.size());
  for (double megabytes : Sizes)
    limits.bandwidth.push_back({megabytes, 0});
  // Whole sweeps, so that a disturbance of some tenths of a second does not meet one size each time.
  for (unsigned sweep = 0; sweep < (quick ? 1u : 3u); ++sweep)
    for (BandwidthPoint &point : limits.bandwidth)
      point.gigabytesPerSecond = std::max(point.gigabytesPerSecond,
                                          readSpeed(cores, buffer, static_cast<size_t>(point.megabytes * 1e6)));
  return limits;
}

} // namespace motion::bench
