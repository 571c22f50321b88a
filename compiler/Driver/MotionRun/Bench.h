// Enters: a planned call. Leaves: how long it takes.
#ifndef MOTION_COMPILER_DRIVER_MOTIONRUN_BENCH_H
#define MOTION_COMPILER_DRIVER_MOTIONRUN_BENCH_H

#include "runtime/loader/Invocation.h"

namespace motion {

/// Times of one call in nanoseconds. A call too short for the clock is timed in groups of `callsPerSample`.
struct Timing {
  double min = 0, median = 0, p99 = 0;
  size_t samples = 0, callsPerSample = 1;
};

/// Runs the planned call for about a second after a warm-up; throws Error when a run fails.
Timing measure(Invocation &invocation, const Description &info);

} // namespace motion

#endif
