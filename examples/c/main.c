/* Calls a compiled model from C: one library, one header, nothing else.
 *
 *   motionc deephase.onnx -o libdeephase.so
 *   clang -O2 main.c -L. -ldeephase -Wl,-rpath,'$ORIGIN' -lm -o example && ./example */
#define _POSIX_C_SOURCE 200112L
#include "deephase.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { batch = 3, calls = 10000 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

int main(void) {
  static float pose[DEEPHASE_INPUT_COUNT(batch)], phase[DEEPHASE_OUTPUT_COUNT(batch)];
  size_t size = deephase_workspace(batch);
  void *workspace = NULL;
  double start;
  int i, result;

  if (size == (size_t)-1) {
    fprintf(stderr, "the batch is out of range, or this CPU cannot run the library\n");
    return 1;
  }
  if (posix_memalign(&workspace, 64, size ? size : 64))
    return 1;
  for (i = 0; i < DEEPHASE_INPUT_COUNT(batch); ++i)
    pose[i] = sinf(0.1f * (float)i);

  result = deephase_run(pose, batch, phase, workspace);
  if (result != 0) {
    fprintf(stderr, "error %d in argument %d\n", -result & 255, -result >> 8);
    free(workspace);
    return 1;
  }
  for (i = 0; i < batch; ++i)
    printf("row %d: phase %g %g\n", i, (double)phase[2 * i], (double)phase[2 * i + 1]);

  start = now();
  for (i = 0; i < calls; ++i)
    deephase_run(pose, 1, phase, workspace);
  printf("one row takes %.2f microseconds\n", (now() - start) / calls / 1000);

  if (deephase_run(NULL, batch, phase, workspace) == 0) /* a missing argument is an error, not a crash */
    fprintf(stderr, "a missing input went unnoticed\n");
  free(workspace);
  return 0;
}
