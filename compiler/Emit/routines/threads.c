/* What the tasks of a parallel run need: motion_fork calls the host, motion_barrier lets the tasks wait for each other. Called by code that
 * the pass motion-parallelize-kernels makes; no system call, no state of its own. */
#include "runtime/motion_abi.h"

/* Runs task(data, 0) .. task(data, count - 1) on the host. */
void motion_fork(const struct motion_host *host, uint32_t kernel, uint32_t count, motion_task *task, void *data) {
  host->parallel(host->user, kernel, count, task, data);
}

/* Words of the barrier, a pair of cache lines each; both 0 before the first use. */
struct motion_barrier_words {
  uint32_t arrived;
  char gap[124];
  uint32_t round;
};

/* Returns when all tasks have called it; what they wrote before is then visible to all. Sense-reversing: the last to arrive starts the next
 * round, the others spin on a word that is written once per round. */
void motion_barrier(struct motion_barrier_words *words, uint32_t tasks) {
  const uint32_t mine = __atomic_load_n(&words->round, __ATOMIC_RELAXED);
  if (__atomic_add_fetch(&words->arrived, 1, __ATOMIC_ACQ_REL) == tasks) {
    __atomic_store_n(&words->arrived, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&words->round, mine + 1, __ATOMIC_RELEASE);
    return;
  }
  while (__atomic_load_n(&words->round, __ATOMIC_ACQUIRE) == mine)
    __builtin_ia32_pause();
}
