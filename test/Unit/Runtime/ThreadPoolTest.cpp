// motion_threads.h: every task runs once, on its own thread, at the same time as the others, in the caller's FP mode.
#include "runtime/motion_threads.h"

#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <thread>
#include <vector>
#ifdef __x86_64__
#include <xmmintrin.h>
#endif

extern "C" {
struct motion_host *createPoolFromC(unsigned threads);
void destroyPoolFromC(struct motion_host *host);
}

namespace {

/// Lends `work` to the pool, as a library does.
template <typename Work> void runParallel(const motion_host *host, uint32_t count, Work work) {
  motion_task *task = [](void *data, uint32_t index) { (*static_cast<Work *>(data))(index); };
  host->parallel(host->user, 0, count, task, &work);
}

class ThreadPoolTest : public testing::TestWithParam<unsigned> {
protected:
  void SetUp() override {
    host = motion_pool_create(GetParam());
    ASSERT_NE(host, nullptr);
  }
  void TearDown() override { motion_pool_destroy(host); }
  motion_host *host = nullptr;
};

TEST_P(ThreadPoolTest, FillsTheHost) {
  EXPECT_EQ(host->size, sizeof(motion_host));
  EXPECT_EQ(host->threads, GetParam());
  EXPECT_EQ(host->flags, 0u) << "that nothing else uses the CPUs is not for the pool to promise";
  EXPECT_EQ(host->step, nullptr);
}

TEST_P(ThreadPoolTest, RunsEveryTaskOnceInManyRounds) {
  std::vector<uint64_t> sums(GetParam() * 16); // plain memory: the pool itself must order the accesses
  uint64_t expected = 0;
  for (uint64_t round = 1; round <= 3000; ++round) {
    runParallel(host, GetParam(), [&](uint32_t index) { sums[index * 16] += round; });
    expected += round;
    for (unsigned i = 0; i < GetParam(); ++i)
      ASSERT_EQ(sums[i * 16], expected) << "round " << round << ", task " << i;
  }
}

TEST_P(ThreadPoolTest, CountMayChangeFromRoundToRound) {
  std::vector<uint32_t> runs(GetParam() * 16), expected(GetParam());
  for (unsigned round = 0; round < 2000; ++round) {
    uint32_t count = round * 7 % (GetParam() + 1);
    runParallel(host, count, [&](uint32_t index) { ++runs[index * 16]; });
    for (uint32_t i = 0; i < count; ++i)
      ++expected[i];
  }
  for (unsigned i = 0; i < GetParam(); ++i)
    EXPECT_EQ(runs[i * 16], expected[i]) << "task " << i;
}

TEST_P(ThreadPoolTest, EachTaskKeepsItsThread) {
  std::vector<std::thread::id> first(GetParam()), later(GetParam());
  runParallel(host, GetParam(), [&](uint32_t index) { first[index] = std::this_thread::get_id(); });
  for (int round = 0; round < 50; ++round) {
    runParallel(host, GetParam(), [&](uint32_t index) { later[index] = std::this_thread::get_id(); });
    ASSERT_EQ(first, later);
  }
  EXPECT_EQ(first[0], std::this_thread::get_id());
  for (unsigned i = 0; i < GetParam(); ++i)
    for (unsigned k = 0; k < i; ++k)
      EXPECT_NE(first[i], first[k]);
}

TEST_P(ThreadPoolTest, AllTasksRunAtTheSameTime) {
  std::atomic<uint32_t> arrived{0};
  for (uint32_t round = 1; round <= 20; ++round)
    runParallel(host, GetParam(), [&](uint32_t) { // a barrier: ends only when all are inside
      arrived.fetch_add(1);
      while (arrived.load() < round * GetParam())
        std::this_thread::yield();
    });
  EXPECT_EQ(arrived.load(), 20 * GetParam());
}

TEST_P(ThreadPoolTest, WakesAfterSleep) {
  std::vector<uint32_t> runs(GetParam() * 16);
  for (int round = 1; round <= 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    runParallel(host, GetParam(), [&](uint32_t index) {
      if (index == 1) // the caller waits long enough to sleep too
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      ++runs[index * 16];
    });
    for (unsigned i = 0; i < GetParam(); ++i)
      ASSERT_EQ(runs[i * 16], uint32_t(round));
  }
}

#ifdef __x86_64__
TEST_P(ThreadPoolTest, WorkersTakeTheCallersFloatingPointMode) {
  unsigned saved = _mm_getcsr();
  for (unsigned mode : {0x1f80u, 0x9fc0u, 0x7f80u, 0x1f80u}) { // default; flush to zero; toward zero; default
    std::vector<unsigned> seen(GetParam());
    _mm_setcsr(mode);
    runParallel(host, GetParam(), [&](uint32_t index) { seen[index] = _mm_getcsr() & 0xffc0u; });
    _mm_setcsr(saved);
    for (unsigned i = 0; i < GetParam(); ++i)
      EXPECT_EQ(seen[i], mode & 0xffc0u) << "task " << i;
  }
}
#endif

#ifdef __linux__
TEST(ThreadPools, CountTheCpusThatTheThreadMayUse) {
  cpu_set_t all, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  EXPECT_EQ(motion_pool_cpus(), uint32_t(CPU_COUNT(&all)));
  CPU_ZERO(&one);
  CPU_SET(sched_getcpu(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(motion_pool_cpus(), 1u);
  ASSERT_EQ(sched_setaffinity(0, sizeof all, &all), 0);
}

TEST(ThreadPools, SpreadOverTheCpusAfterSleep) {
  if (motion_pool_cpus() < 2)
    GTEST_SKIP() << "one CPU";
  motion_host *host = motion_pool_create(2);
  ASSERT_NE(host, nullptr);
  constexpr int bursts = 40;
  int apart = 0;
  for (int burst = 0; burst < bursts; ++burst) {
    usleep(2000); // longer than workers spin
    int cpus[2] = {};
    for (int call = 0; call < 20; ++call)
      runParallel(host, 2, [&](uint32_t index) { cpus[index] = sched_getcpu(); });
    apart += cpus[0] != cpus[1];
  }
  EXPECT_GT(apart, bursts / 2);
  cpu_set_t all, after;
  ASSERT_EQ(sched_getaffinity(0, sizeof all, &all), 0);
  runParallel(host, 2, [&](uint32_t index) {
    if (index == 1)
      sched_getaffinity(0, sizeof after, &after);
  });
  EXPECT_TRUE(CPU_EQUAL(&all, &after)) << "a worker may use every CPU afterwards";
  motion_pool_destroy(host);
}
#endif

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolTest, testing::Values(1u, 2u, 3u, 5u, 8u));

TEST(ThreadPools, AreIndependentAndNest) {
  motion_host *outer = motion_pool_create(2), *inner[2] = {motion_pool_create(2), createPoolFromC(3)};
  ASSERT_TRUE(outer && inner[0] && inner[1]);
  uint32_t sums[2] = {0, 0};
  for (int round = 0; round < 300; ++round)
    runParallel(outer, 2, [&](uint32_t index) {
      uint32_t parts[3 * 32] = {};
      runParallel(inner[index], inner[index]->threads, [&](uint32_t part) { parts[part * 32] = part + 1; });
      sums[index] += parts[0] + parts[32] + parts[64];
    });
  EXPECT_EQ(sums[0], 300u * 3);
  EXPECT_EQ(sums[1], 300u * 6);
  motion_pool_destroy(outer);
  motion_pool_destroy(inner[0]);
  destroyPoolFromC(inner[1]);
}

TEST(ThreadPools, TwoCallersTakeTurns) {
  motion_host *host = motion_pool_create(2);
  ASSERT_NE(host, nullptr);
  uint64_t total = 0; // written by task 0 of either caller: safe only if they take turns
  auto call = [&] {
    for (int round = 0; round < 500; ++round)
      runParallel(host, 2, [&](uint32_t index) { if (index == 0) ++total; });
  };
  std::thread other(call);
  call();
  other.join();
  EXPECT_EQ(total, 1000u);
  motion_pool_destroy(host);
}

TEST(ThreadPools, CreateAndDestroyQuickly) {
  for (unsigned round = 0; round < 100; ++round) {
    motion_host *host = motion_pool_create(round % 5);
    ASSERT_NE(host, nullptr);
    EXPECT_GE(host->threads, 1u);
    uint32_t runs = 0;
    if (round % 2)
      runParallel(host, host->threads, [&](uint32_t index) { if (index == 0) ++runs; });
    EXPECT_EQ(runs, round % 2);
    motion_pool_destroy(host);
  }
  motion_pool_destroy(nullptr);
}

} // namespace
