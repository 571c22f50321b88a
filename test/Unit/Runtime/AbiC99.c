/* motion_abi.h in strict C99, and its macros evaluated there. */
#include "runtime/motion_abi.h"

int abiFailFromC(int code, int argument);

int abiFailFromC(int code, int argument) { return MOTION_FAIL(code, argument); }
