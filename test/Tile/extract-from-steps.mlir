// What every step of a loop would do with weights alone is done once, when compiling.
// RUN: motionc-opt %s --motion-pack-contractions --motion-extract-constants --canonicalize | FileCheck %s

// CHECK-LABEL: func.func @f(
// CHECK: %[[W:.*]] = kernel.constant 0 : tensor<1x32x32xf32>
// CHECK: scf.for
// CHECK-NEXT: kernel.contract ins(%{{.*}}, %[[W]] : tensor<?x32xf32>, tensor<1x32x32xf32>)
func.func @f(%x: memref<f32>, %m: index, %n: index, %y: memref<?x32xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %xm = memref.reinterpret_cast %x to offset: [0], sizes: [%m, 32], strides: [32, 1] : memref<f32> to memref<?x32xf32>
  %xt = bufferization.to_tensor %xm restrict : memref<?x32xf32> to tensor<?x32xf32>
  %w = kernel.weight 0 : tensor<32x32xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %xt) -> tensor<?x32xf32> {
    %e = tensor.empty(%m) : tensor<?x32xf32>
    %p = kernel.contract ins(%h, %w : tensor<?x32xf32>, tensor<32x32xf32>) outs(%e : tensor<?x32xf32>)
        attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]} {
    ^bb0(%acc: f32):
      kernel.yield %acc : f32
    } -> tensor<?x32xf32>
    scf.yield %p : tensor<?x32xf32>
  }
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<?x32xf32>, memref<?x32xf32>) -> ()
  return
}
