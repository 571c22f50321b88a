/* fixed.h: made by motionc 0.1.0 from weird *\/ name.onnx, SHA-256 00000000000000000000000000000000000000000000000000000000000000ff. Do not edit.
 *   input   in_387   "387"              int64 [3]                          24 bytes
 *   input   float_   "float"            float16 [2, 5], as uint16_t        20 bytes
 *   input   empty    "empty"            float [0, 7]                        0 bytes
 *   output  a_b      "a/\*b?\?/\x0a\""  float16 [3, 5], as uint16_t        30 bytes
 *   output  output1  ""                 int4 [5], as uint8_t                3 bytes
 *   workspace 0 bytes; stack 88 bytes; x86-64-v3
 * Arrays are row-major, aligned like their type, and do not overlap. No allocation, lock, system call or exception.
 * Any number of threads may call at once, each with its own outputs and workspace.
 * Values are not checked: an index outside of its axis counts as the nearest inside.
 *   uint16_t a_b[FIXED_A_B_COUNT];  uint8_t output1[FIXED_OUTPUT1_COUNT];  void *workspace = aligned_alloc(64, FIXED_WORKSPACE);
 *   if (fixed_run(in_387, float_, empty, a_b, output1, workspace) != 0) ... */
#ifndef FIXED_H
#define FIXED_H
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
#define FIXED_INTERFACE UINT64_C(0xa2c11169f9c9208b)
#define FIXED_IN_387_COUNT 3
#define FIXED_FLOAT__COUNT 10
#define FIXED_EMPTY_COUNT 0
#define FIXED_A_B_COUNT 15
#define FIXED_OUTPUT1_COUNT 3
#define FIXED_WORKSPACE 0        /* all dimensions fixed: a constant */
/* Bytes to align to 64; (size_t)-1: this CPU cannot run the code. */
size_t fixed_workspace(void);
/* 0, or negative: -result & 255 is a code of motion_abi.h, -result >> 8 the position of the wrong argument. */
int fixed_run(const int64_t *in_387, const uint16_t *float_, const float *empty, uint16_t *a_b, uint8_t *output1, void *workspace) MOTION_NONBLOCKING;
const struct motion_model *fixed_model(struct motion_functions *functions);   /* for bindings: motion_abi.h */
#ifdef __cplusplus
}
#endif
#endif
