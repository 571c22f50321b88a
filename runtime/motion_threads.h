/* motion_threads.h: a thread pool for libraries made with --threads. C11 and C++17, header only, needs pthreads and clang or GCC.
 *
 *   struct motion_host *host = motion_pool_create(4);      (compile with -pthread; NULL: no memory or no threads)
 *   deephase_run(input, batch, output, workspace, host);
 *   motion_pool_destroy(host);
 *
 * The caller is thread 0 and works too; task i always meets thread i. Workers and caller spin for some microseconds, then
 * sleep, so that a thread which other work keeps from running costs no more than its own delay. Libraries call the pool once
 * a layer. More threads than CPUs are allowed. On Linux a worker that wakes up on the caller's CPU moves to another one.
 * Workers take over the caller's floating-point mode (rounding, flush to zero), so that every thread count gives the same
 * bits. A second thread that uses the same pool waits its turn; a task must not use the pool that runs it. Different pools
 * are independent. */
#ifndef MOTION_THREADS_H
#define MOTION_THREADS_H

#include "motion_abi.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

#ifdef __cplusplus
extern "C" {
#elif defined(__linux__)
long syscall(long number, ...);      /* unistd.h hides it under -std=c11 */
#endif

/* Words that different threads write stand 128 bytes apart: x86 prefetches cache lines in pairs. */
#define MOTION_POOL_SPACING 128
/* A signal counts up by 2; the lowest bit says that its reader sleeps. */
#define MOTION_POOL_ASLEEP 1u
#define MOTION_POOL_STEP 2u
/* Of the caller before it sleeps, a millisecond or so: longer than it takes to wake a worker. Otherwise each could fall asleep while the other
 * wakes up, call after call. */
#define MOTION_POOL_YIELDS 2000

struct motion_signal {
  uint32_t word;
#ifndef __linux__
  pthread_mutex_t mutex;
  pthread_cond_t condition;
#endif
};

struct motion_pool;

struct motion_pool_worker {
  char before[MOTION_POOL_SPACING];
  struct motion_signal start;        /* the caller counts up, the worker waits */
  char between[MOTION_POOL_SPACING];
  struct motion_signal done;         /* the worker counts up, the caller waits */
  struct motion_pool *pool;
  pthread_t thread;
  uint32_t index;
};

struct motion_pool {
  struct motion_host host;           /* first: the caller holds its address */
  struct motion_pool_worker *workers;/* threads - 1, worker i runs task i + 1 */
  uint32_t started, spins;
  char before[MOTION_POOL_SPACING];
  uint32_t busy;
  char between[MOTION_POOL_SPACING];
  motion_task *task;                 /* the job, written by the caller before it starts the workers; NULL ends them */
  void *data;
  uint64_t mode;
  uint32_t spread, cpu;              /* whether each thread can have a CPU; where the caller ran when it last woke a worker */
};

static inline void motion_pool_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ __volatile__("yield");
#endif
}

/* The floating-point mode of this thread without its exception flags. */
static inline uint64_t motion_pool_get_mode(void) {
#if defined(__x86_64__)
  return __builtin_ia32_stmxcsr() & 0xffc0u;
#elif defined(__aarch64__)
  uint64_t mode;
  __asm__ __volatile__("mrs %0, fpcr" : "=r"(mode));
  return mode;
#else
  return 0;
#endif
}

static inline void motion_pool_set_mode(uint64_t mode) {
#if defined(__x86_64__)
  if (motion_pool_get_mode() != mode)
    __builtin_ia32_ldmxcsr((uint32_t)mode);
#elif defined(__aarch64__)
  if (motion_pool_get_mode() != mode)
    __asm__ __volatile__("msr fpcr, %0" : : "r"(mode));
#else
  (void)mode;
#endif
}

static inline void motion_signal_init(struct motion_signal *signal) {
  signal->word = 0;
#ifndef __linux__
  pthread_mutex_init(&signal->mutex, NULL);
  pthread_cond_init(&signal->condition, NULL);
#endif
}

/* Sleeps while the word is `value`; may return early. */
static inline void motion_signal_sleep(struct motion_signal *signal, uint32_t value) {
#ifdef __linux__
  syscall(SYS_futex, &signal->word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
#else
  pthread_mutex_lock(&signal->mutex);
  if (__atomic_load_n(&signal->word, __ATOMIC_RELAXED) == value)
    pthread_cond_wait(&signal->condition, &signal->mutex);
  pthread_mutex_unlock(&signal->mutex);
#endif
}

/* Counts up, publishes all that was written before, wakes the reader if it sleeps. */
static inline void motion_signal_raise(struct motion_signal *signal, uint32_t value) {
  if (!(__atomic_exchange_n(&signal->word, value, __ATOMIC_ACQ_REL) & MOTION_POOL_ASLEEP))
    return;
#ifdef __linux__
  syscall(SYS_futex, &signal->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
#else
  pthread_mutex_lock(&signal->mutex);
  pthread_cond_signal(&signal->condition);
  pthread_mutex_unlock(&signal->mutex);
#endif
}

/* Looks for a word other than `old` while spinning, then while letting others run on this CPU. Returns the last word seen. */
static inline uint32_t motion_signal_poll(struct motion_signal *signal, uint32_t old, uint32_t spins, uint32_t yields) {
  uint32_t word, i;
  for (i = 0; i < spins + yields; ++i) {
    word = __atomic_load_n(&signal->word, __ATOMIC_ACQUIRE);
    if (word != old)
      return word;
    if (i < spins)
      motion_pool_pause();
    else
      sched_yield();
  }
  return old;
}

/* Sleeps until the word is no longer `old`. Returns the new word. */
static inline uint32_t motion_signal_block(struct motion_signal *signal, uint32_t old) {
  uint32_t word;
  for (;;) {
    word = old;
    if (!__atomic_compare_exchange_n(&signal->word, &word, old | MOTION_POOL_ASLEEP, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE) &&
        word != (old | MOTION_POOL_ASLEEP))
      return word;
    motion_signal_sleep(signal, old | MOTION_POOL_ASLEEP);
    word = __atomic_load_n(&signal->word, __ATOMIC_ACQUIRE);
    if (word != (old | MOTION_POOL_ASLEEP))
      return word;
  }
}

#ifdef __linux__
#define MOTION_POOL_CPU_WORDS (8192 / 8 / sizeof(unsigned long)) /* the C library's type and macros need _GNU_SOURCE */

static inline uint32_t motion_pool_cpu(void) {
  unsigned cpu = 0;
  syscall(SYS_getcpu, &cpu, NULL, NULL);
  return cpu;
}

/* Moves this thread from `cpu` to another CPU that it may use; it may come back later. */
static inline void motion_pool_leave(uint32_t cpu) {
  unsigned long all[MOTION_POOL_CPU_WORDS], others[MOTION_POOL_CPU_WORDS];
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof all, all);
  if (bytes <= 0 || cpu >= 8 * (unsigned long)bytes)
    return;
  memcpy(others, all, (size_t)bytes);
  others[cpu / (8 * sizeof *others)] &= ~(1ul << cpu % (8 * sizeof *others));
  if (syscall(SYS_sched_setaffinity, 0, bytes, others) == 0) /* refused when there is no other */
    syscall(SYS_sched_setaffinity, 0, bytes, all);
}
#endif

static inline void *motion_pool_work(void *argument) {
  struct motion_pool_worker *worker = (struct motion_pool_worker *)argument;
  struct motion_pool *pool = worker->pool;
  uint32_t seen = 0;
  for (;;) {
    uint32_t word = motion_signal_poll(&worker->start, seen, pool->spins, 0);
    if (word == seen) {
      word = motion_signal_block(&worker->start, seen);
#ifdef __linux__
      /* Woken on the caller's CPU, while others may be idle: the system would leave both there for long, since neither runs without end. */
      if (pool->spread && motion_pool_cpu() == __atomic_load_n(&pool->cpu, __ATOMIC_RELAXED))
        motion_pool_leave(pool->cpu);
#endif
    }
    seen = word;
    if (!pool->task)
      return NULL;
    motion_pool_set_mode(pool->mode);
    pool->task(pool->data, worker->index);
    motion_signal_raise(&worker->done, seen);
  }
}

/* The `parallel` of the pool's host. count must not exceed the pool's threads. */
static inline void motion_pool_parallel(void *user, uint32_t kernel, uint32_t count, motion_task *task, void *data) {
  struct motion_pool *pool = (struct motion_pool *)user;
  uint32_t i;
  (void)kernel;
  if (count <= 1) {
    if (count)
      task(data, 0);
    return;
  }
  while (__atomic_exchange_n(&pool->busy, 1, __ATOMIC_ACQUIRE))
    sched_yield();
  pool->task = task;
  pool->data = data;
  pool->mode = motion_pool_get_mode();
  for (i = 0; i + 1 < count; ++i) {
    struct motion_signal *start = &pool->workers[i].start;
    uint32_t word = __atomic_load_n(&start->word, __ATOMIC_RELAXED);
#ifdef __linux__
    if (word & MOTION_POOL_ASLEEP)
      __atomic_store_n(&pool->cpu, motion_pool_cpu(), __ATOMIC_RELAXED);
#endif
    motion_signal_raise(start, (word & ~MOTION_POOL_ASLEEP) + MOTION_POOL_STEP);
  }
  task(data, 0);
  for (i = 0; i + 1 < count; ++i) {
    struct motion_pool_worker *worker = &pool->workers[i];
    uint32_t round = __atomic_load_n(&worker->start.word, __ATOMIC_RELAXED) & ~MOTION_POOL_ASLEEP;
    if (motion_signal_poll(&worker->done, round - MOTION_POOL_STEP, pool->spins, MOTION_POOL_YIELDS) == round - MOTION_POOL_STEP)
      motion_signal_block(&worker->done, round - MOTION_POOL_STEP);
  }
  __atomic_store_n(&pool->busy, 0, __ATOMIC_RELEASE);
}

/* Ends the workers and frees the pool; NULL is allowed. No call may be under way. */
static inline void motion_pool_destroy(struct motion_host *host) {
  struct motion_pool *pool = (struct motion_pool *)(void *)host;
  uint32_t i;
  if (!pool)
    return;
  pool->task = NULL;
  for (i = 0; i < pool->started; ++i) {
    struct motion_signal *start = &pool->workers[i].start;
    motion_signal_raise(start, (__atomic_load_n(&start->word, __ATOMIC_RELAXED) & ~MOTION_POOL_ASLEEP) + MOTION_POOL_STEP);
  }
  for (i = 0; i < pool->started; ++i)
    pthread_join(pool->workers[i].thread, NULL);
  free(pool->workers);
  free(pool);
}

/* CPUs that this thread may use. */
static inline uint32_t motion_pool_cpus(void) {
  long count = sysconf(_SC_NPROCESSORS_ONLN);
#ifdef __linux__
  unsigned long set[MOTION_POOL_CPU_WORDS];
  long i, bytes = syscall(SYS_sched_getaffinity, 0, sizeof set, set);
  if (bytes > 0)
    for (i = count = 0; i < bytes / (long)sizeof *set; ++i)
      count += __builtin_popcountl(set[i]);
#endif
  return count < 1 ? 1 : (uint32_t)count;
}

/* Makes a pool of `threads` threads, the caller's included; 0: one per CPU. NULL: no memory, or the system starts no thread. */
static inline struct motion_host *motion_pool_create(unsigned threads) {
  struct motion_pool *pool = (struct motion_pool *)calloc(1, sizeof(struct motion_pool));
  uint32_t cpus = motion_pool_cpus(), i;
  if (!pool)
    return NULL;
  if (threads == 0)
    threads = cpus;
  pool->host.size = sizeof pool->host;
  pool->host.threads = threads;
  pool->host.user = pool;
  pool->host.parallel = motion_pool_parallel;
  pool->spread = threads <= cpus;
  pool->spins = threads > cpus ? 50 : 2000; /* about 2 and 50 microseconds: who spins without a CPU of his own is in the way */
  pool->workers = threads > 1 ? (struct motion_pool_worker *)calloc(threads - 1, sizeof *pool->workers) : NULL;
  for (i = 0; i + 1 < threads; ++i) {
    struct motion_pool_worker *worker = pool->workers ? &pool->workers[i] : NULL;
    if (worker) {
      worker->pool = pool;
      worker->index = i + 1;
      motion_signal_init(&worker->start);
      motion_signal_init(&worker->done);
    }
    if (!worker || pthread_create(&worker->thread, NULL, motion_pool_work, worker) != 0) {
      motion_pool_destroy(&pool->host);
      return NULL;
    }
    pool->started = i + 1;
  }
  return &pool->host;
}

#ifdef __cplusplus
}
#endif
#endif
