/* affine.h: made by motionc 0.1.0 from affine.onnx, SHA-256 5f0c43a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5ce1. Do not edit.
 *   input   x_0    "x:0"    float [batch, 4]        16 bytes a row
 *   output  y_out  "y/out"  float [batch, 4]        16 bytes a row
 *   batch 1 .. 1048576; workspace 16 bytes a row; weights 16 bytes, inside; stack 104 bytes; x86-64-v3
 * Arrays are row-major, aligned like their type, and do not overlap. No allocation, lock, system call or exception.
 * Any number of threads may call at once, each with its own outputs and workspace.
 *   float y_out[AFFINE_Y_OUT_COUNT(1)];  void *workspace = aligned_alloc(64, affine_workspace(1));
 *   if (affine_run(x_0, 1, y_out, workspace) != 0) ... */
#ifndef AFFINE_H
#define AFFINE_H
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
#define AFFINE_INTERFACE UINT64_C(0xeea5f321c97c7340)
#define AFFINE_X_0_COUNT(batch) ((batch) * 4)
#define AFFINE_Y_OUT_COUNT(batch) ((batch) * 4)
/* Bytes to align to 64, growing with the dimensions; (size_t)-1: a dimension is out of range, or this CPU cannot run the code. */
size_t affine_workspace(int64_t batch);
/* 0, or negative: -result & 255 is a code of motion_abi.h, -result >> 8 the position of the wrong argument. */
int affine_run(const float *x_0, int64_t batch, float *y_out, void *workspace) MOTION_NONBLOCKING;
const struct motion_model *affine_model(struct motion_functions *functions);   /* for bindings: motion_abi.h */
#ifdef __cplusplus
}
#endif
#endif
