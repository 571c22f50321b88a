/* The thread pool from strict C11, so that the header stays clean there. */
#include "runtime/motion_threads.h"

struct motion_host *createPoolFromC(unsigned threads);
void destroyPoolFromC(struct motion_host *host);

struct motion_host *createPoolFromC(unsigned threads) { return motion_pool_create(threads); }
void destroyPoolFromC(struct motion_host *host) { motion_pool_destroy(host); }
