/* Calls the host, from code that the pass motion-parallelize-kernels makes; no system call, no state of its own. */
#include "runtime/motion_abi.h"

/* Runs task(data, 0) .. task(data, count - 1) on the host. */
void motion_fork(const struct motion_host *host, uint32_t kernel, uint32_t count, motion_task *task, void *data) {
  host->parallel(host->user, kernel, count, task, data);
}
