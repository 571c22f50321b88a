/* twice.h: made by motionc 0.1.0 from twice.onnx, SHA-256 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef. Do not edit.
 *   input   x  "x"  double [batch, 2]         16 bytes a row
 *   output  y  "y"  double [y_dim0, 2]        16 bytes a row
 *   batch 1 .. 8; y_dim0 = 2 * batch follows from these; workspace 0 bytes; stack 80 bytes; x86-64-v3
 * Arrays are row-major, aligned like their type, and do not overlap. No allocation, lock, system call or exception.
 * Any number of threads may call at once, each with its own outputs and workspace.
 *   double y[TWICE_Y_COUNT(y_dim0)];  void *workspace = aligned_alloc(64, twice_workspace(1));
 *   if (twice_run(x, 1, y, workspace) != 0) ... */
#ifndef TWICE_H
#define TWICE_H
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
#define TWICE_INTERFACE UINT64_C(0x682f75887939dfa7)
#define TWICE_X_COUNT(batch) ((batch) * 2)
#define TWICE_Y_COUNT(y_dim0) ((y_dim0) * 2)
/* Bytes to align to 64, growing with the dimensions; (size_t)-1: a dimension is out of range, or this CPU cannot run the code. */
size_t twice_workspace(int64_t batch);
/* 0, or negative: -result & 255 is a code of motion_abi.h, -result >> 8 the position of the wrong argument. */
int twice_run(const double *x, int64_t batch, double *y, void *workspace) MOTION_NONBLOCKING;
const struct motion_model *twice_model(struct motion_functions *functions);   /* for bindings: motion_abi.h */
#ifdef __cplusplus
}
#endif
#endif
