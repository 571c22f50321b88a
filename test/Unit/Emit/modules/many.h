/* many.h: made by motionc 0.1.0 from many.onnx, SHA-256 0000000000000000000000000000000000000000000000000000000000000000. Do not edit.
 *   input   a                                                "a"                                                        int64 [n]                     8 bytes a row
 *   input   A_2                                              "A"                                                        int64 [m, n]
 *   input   workspace_                                       "workspace"                                                int64 scalar                  8 bytes
 *   input   d                                                "d"                                                        int64 [1]                     8 bytes
 *   input   e                                                "e"                                                        int64 [1, n, 2, n, 3]
 *   input   f                                                "f"                                                        int64 [1]                     8 bytes
 *   input   a_very_long_name_of_a_tensor_that_goes_b_454ad5  "a_very_long_name_of_a_tensor_that_goes_beyond_the_limit"  int64 [1]                     8 bytes
 *   output  out0                                             "out0"                                                     int64 [3]                    24 bytes
 *   output  out1                                             "out1"                                                     int64 [1]                     8 bytes
 *   n 0 .. 9223372036854775807; m 2 .. 4611686018427387904; workspace 80 bytes for n 1, m 2, more than memory for n 9223372036854775807, m 4611686018427387904; stack 192 bytes; up to 8 threads; x86-64-v3
 * Arrays are row-major, aligned like their type, and do not overlap. No allocation, lock, system call or exception.
 * Any number of threads may call at once, each with its own outputs and workspace.
 * Values are not checked: an index outside of its axis counts as the nearest inside.
 *   int64_t out0[MANY_OUT0_COUNT];
 *   int64_t out1[MANY_OUT1_COUNT];
 *   void *workspace = aligned_alloc(64, many_workspace(1, 2));
 *   struct many_args args = {a, A_2, workspace_, d, e, f, a_very_long_name_of_a_tensor_that_goes_b_454ad5, 1, 2, out0, out1};
 *   if (many_run(&args, workspace, host) != 0) ... */
#ifndef MANY_H
#define MANY_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#ifndef MOTION_NONBLOCKING   /* define it as __attribute__((nonblocking)), noexcept or both, for the compiler to check your callers */
#define MOTION_NONBLOCKING
#endif
struct motion_model;
struct motion_functions;
struct motion_host;
#define MANY_INTERFACE UINT64_C(0x61bc68c0ce8c2d1e)
#define MANY_A_COUNT(n) (n)
#define MANY_A_2_COUNT(m, n) ((m) * (n))
#define MANY_WORKSPACE__COUNT 1
#define MANY_D_COUNT 1
#define MANY_E_COUNT(n) (6 * (n) * (n))
#define MANY_F_COUNT 1
#define MANY_A_VERY_LONG_NAME_OF_A_TENSOR_THAT_GOES_B_454AD5_COUNT 1
#define MANY_OUT0_COUNT 3
#define MANY_OUT1_COUNT 1
/* Bytes to align to 64, growing with the dimensions; (size_t)-1: a dimension is out of range, or this CPU cannot run the code. */
size_t many_workspace(int64_t n, int64_t m);
struct many_args {
  const int64_t *a;
  const int64_t *A_2;
  const int64_t *workspace_;
  const int64_t *d;
  const int64_t *e;
  const int64_t *f;
  const int64_t *a_very_long_name_of_a_tensor_that_goes_b_454ad5;
  int64_t n;
  int64_t m;
  int64_t *out0;
  int64_t *out1;
};
/* 0, or negative: -result & 255 is a code of motion_abi.h, -result >> 8 the position of the wrong one among the struct's fields, workspace and host last. */
int many_run(const struct many_args *args, void *workspace, const struct motion_host *host) MOTION_NONBLOCKING;   /* host may be NULL */
const struct motion_model *many_model(struct motion_functions *functions);   /* for bindings: motion_abi.h */
#ifdef __cplusplus
}
#endif
#endif
