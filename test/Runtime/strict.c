/* Runs a compiled model where the kernel allows no system call but read, write and exit, and writes the bytes of its outputs.
 * Built with -DMODEL=<function NAME_model>, linked with the library at load time (-z now). With an argument it makes a forbidden call itself.
 * All free dimensions are 3; inputs are 4-byte elements of small numbers. */
#define _GNU_SOURCE
#include "runtime/motion_abi.h"

#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most = 16 };

const struct motion_model *MODEL(struct motion_functions *functions);

static const struct motion_tensor *tensor(const struct motion_model *model, struct motion_table table, uint32_t i) {
  return (const void *)((const char *)model + table.offset + (size_t)i * table.stride);
}

static size_t elements(const struct motion_model *model, const struct motion_tensor *t, const int64_t *dims) {
  const int64_t *sizes = (const void *)((const char *)model + t->dims);
  size_t count = 1;
  for (uint32_t axis = 0; axis < t->rank; ++axis)
    count *= (size_t)(sizes[axis] < 0 ? dims[-1 - sizes[axis]] : sizes[axis]);
  return count;
}

int main(int count, char **arguments) {
  struct motion_functions functions = {sizeof functions, NULL, NULL, NULL, NULL, NULL};
  const struct motion_model *model = MODEL(&functions);
  const void *inputs[most];
  void *outputs[most];
  size_t bytes[most];
  int64_t dims[most];
  struct motion_call call = {sizeof call, inputs, outputs, dims, NULL, 0, NULL, 0, NULL, 0, NULL, 0, NULL, NULL};
  int result;
  (void)arguments;
  if (model->inputs.count > most || model->outputs.count > most || model->dims.count > most)
    return 2;
  for (int i = 0; i < most; ++i)
    dims[i] = 3;
  if (functions.plan(&call) != MOTION_OK)
    return 3;
  for (uint32_t i = 0; i < model->inputs.count; ++i) {
    size_t size = elements(model, tensor(model, model->inputs, i), dims);
    float *data = malloc(size * sizeof *data);
    if (!data)
      return 4;
    for (size_t j = 0; j < size; ++j)
      data[j] = (float)((int)(j * 7 % 19) - 9) / 8;
    inputs[i] = data;
  }
  for (uint32_t i = 0; i < model->outputs.count; ++i) {
    bytes[i] = elements(model, tensor(model, model->outputs, i), dims) * 4;
    outputs[i] = malloc(bytes[i]);
  }
  if (posix_memalign(&call.workspace, model->workspace_align, call.workspace_bytes + 64) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
    return 5;
  result = functions.run(&call);
  if (count > 1)
    syscall(SYS_getpid);
  for (uint32_t i = 0; result == MOTION_OK && i < model->outputs.count; ++i)
    if (write(1, outputs[i], bytes[i]) != (ssize_t)bytes[i])
      result = 1;
  syscall(SYS_exit, result != MOTION_OK);
}
