// Lends threads to a model made with --threads: those of an engine's own job system, or the pool of motion_threads.h.
//
//   motionc deephase.onnx -o libdeephase.so --threads=4
//   clang++ -std=c++17 -O2 -pthread main.cpp -I<repository>/runtime -L. -ldeephase -Wl,-rpath,'$ORIGIN' -o example && ./example
#include "deephase.h"
#include "motion_abi.h"
#include "motion_threads.h"

#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace {

/// A job system as engines have one: a queue, workers, and a wait that helps with the work.
class JobSystem {
public:
  explicit JobSystem(unsigned workers) {
    for (unsigned i = 0; i < workers; ++i)
      threads.emplace_back([this] { work(); });
  }
  ~JobSystem() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      ended = true;
    }
    changed.notify_all();
    for (std::thread &thread : threads)
      thread.join();
  }

  /// Runs job(0) .. job(count - 1) and returns when all have ended.
  void runAndWait(uint32_t count, const std::function<void(uint32_t)> &job) {
    uint32_t left = count;
    std::unique_lock<std::mutex> lock(mutex);
    for (uint32_t i = 0; i < count; ++i)
      jobs.push_back([this, &job, &left, i] {
        job(i);
        std::lock_guard<std::mutex> done(mutex);
        if (--left == 0)
          changed.notify_all();
      });
    changed.notify_all();
    while (left != 0)
      if (!runOne(lock))
        changed.wait(lock);
  }

private:
  bool runOne(std::unique_lock<std::mutex> &lock) {
    if (jobs.empty())
      return false;
    std::function<void()> job = std::move(jobs.front());
    jobs.pop_front();
    lock.unlock();
    job();
    lock.lock();
    return true;
  }
  void work() {
    std::unique_lock<std::mutex> lock(mutex);
    while (!ended)
      if (!runOne(lock))
        changed.wait(lock);
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> jobs;
  std::vector<std::thread> threads;
  bool ended = false;
};

/// The callback: hands the library's tasks to the job system. They may run in any order, even one after another.
void runInJobSystem(void *user, uint32_t /*kernel*/, uint32_t count, motion_task *task, void *data) {
  static_cast<JobSystem *>(user)->runAndWait(count, [&](uint32_t index) { task(data, index); });
}

std::vector<float> run(const std::vector<float> &pose, int64_t batch, const motion_host *host) {
  std::vector<float> phase(static_cast<size_t>(DEEPHASE_OUTPUT_COUNT(batch)));
  size_t size = deephase_workspace(batch);
  if (size == static_cast<size_t>(-1))
    std::exit(1);
  std::unique_ptr<void, decltype(&std::free)> workspace(std::aligned_alloc(64, (size + 127) / 64 * 64), &std::free);
  if (!workspace || deephase_run(pose.data(), batch, phase.data(), workspace.get(), host) != 0)
    std::exit(1);
  return phase;
}

} // namespace

int main() {
  constexpr int64_t batch = 64;
  std::vector<float> pose(static_cast<size_t>(DEEPHASE_INPUT_COUNT(batch)));
  for (size_t i = 0; i < pose.size(); ++i)
    pose[i] = std::sin(0.1f * static_cast<float>(i));
  std::vector<float> alone = run(pose, batch, nullptr);

  JobSystem jobs(3);
  motion_host host = {};
  host.size = sizeof host;
  host.threads = 4;
  host.user = &jobs;
  host.parallel = runInJobSystem;
  std::vector<float> withJobs = run(pose, batch, &host);

  motion_host *pool = motion_pool_create(4);
  if (!pool)
    return 1;
  std::vector<float> withPool = run(pose, batch, pool);
  motion_pool_destroy(pool);

  bool same = std::memcmp(alone.data(), withJobs.data(), alone.size() * sizeof(float)) == 0 &&
              std::memcmp(alone.data(), withPool.data(), alone.size() * sizeof(float)) == 0;
  std::printf("row 0: phase %g %g; job system and pool give %s\n", alone[0], alone[1], same ? "the same bits" : "OTHER BITS");
  return same ? 0 : 1;
}
