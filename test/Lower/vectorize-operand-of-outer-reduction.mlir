// RUN: motionc-opt %s --motion-vectorize-linalg | FileCheck %s

// An input that the reduction does not move, but the lanes do, is a vector too.
// CHECK-LABEL: @outer
// CHECK-NOT: memref.load
func.func @outer(%x: memref<3x4x8xf32>, %m: memref<3x8xf32>, %o: memref<3x8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, k, j) -> (i, k, j)>, affine_map<(i, k, j) -> (i, j)>, affine_map<(i, k, j) -> (i, j)>],
      iterator_types = ["parallel", "reduction", "parallel"]} ins(%x, %m : memref<3x4x8xf32>, memref<3x8xf32>) outs(%o : memref<3x8xf32>) {
  ^bb0(%in: f32, %scale: f32, %out: f32):
    %0 = arith.mulf %in, %scale : f32
    %1 = arith.addf %out, %0 : f32
    linalg.yield %1 : f32
  }
  return
}
