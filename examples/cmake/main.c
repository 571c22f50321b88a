/* Calls the model that the build has compiled. The workspace is static memory: its size is known from the header's comment,
 * and checked. */
#include "deephase.h"

#include <stdio.h>

int main(void) {
  _Alignas(64) static unsigned char workspace[1 << 16];
  static float pose[DEEPHASE_INPUT_COUNT(1)] = {0.5f, -0.25f}, phase[DEEPHASE_OUTPUT_COUNT(1)];
  if (deephase_workspace(1) > sizeof workspace || deephase_run(pose, 1, phase, workspace) != 0)
    return 1;
  printf("phase %g %g\n", (double)phase[0], (double)phase[1]);
  return 0;
}
