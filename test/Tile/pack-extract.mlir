// RUN: motionc-opt %s --motion-pack-contractions --motion-extract-constants --canonicalize | FileCheck %s

// The weight is packed when compiling, the bias is copied as it is. Both are placed in the order in which they are read, and stand where they are read.
// CHECK: module attributes {kernel.constant_bytes = 136168 : i64, kernel.raw = [array<i64: 1, 135168>]}
// CHECK-LABEL: func.func @m(
// CHECK: tensor.empty
// CHECK-NEXT: %[[PANELS:.*]] = kernel.constant 0 : tensor<4x132x64xf32>
// CHECK-NEXT: %[[BIAS:.*]] = kernel.constant 135168 : tensor<250xf32>
// CHECK-NEXT: kernel.contract ins(%{{.*}}, %[[PANELS]] : {{.*}}) extra(%[[BIAS]]
// CHECK-LABEL: func.func @m.constants(%{{.*}}: memref<f32> {kernel.weight = 0 : i64}, %{{.*}}: memref<f32> {kernel.offset = 0 : i64})
// CHECK: tensor.insert_slice
// CHECK: linalg.transpose

func.func @m(%xp: memref<f32>, %batch: index, %yp: memref<f32>) {
  %xm = memref.reinterpret_cast %xp to offset: [0], sizes: [%batch, 132], strides: [132, 1] : memref<f32> to memref<?x132xf32>
  %ym = memref.reinterpret_cast %yp to offset: [0], sizes: [%batch, 250], strides: [250, 1] : memref<f32> to memref<?x250xf32>
  %x = bufferization.to_tensor %xm restrict : memref<?x132xf32> to tensor<?x132xf32>
  %w = kernel.weight 0 : tensor<250x132xf32>
  %b = kernel.weight 1 : tensor<250xf32>
  %e = tensor.empty(%batch) : tensor<?x250xf32>
  %y = kernel.contract ins(%x, %w : tensor<?x132xf32>, tensor<250x132xf32>) extra(%b : tensor<250xf32>) outs(%e : tensor<?x250xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (n)>, affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32, %bb: f32):
    %s = arith.addf %acc, %bb : f32
    kernel.yield %s : f32
  } -> tensor<?x250xf32>
  bufferization.materialize_in_destination %y in restrict writable %ym : (tensor<?x250xf32>, memref<?x250xf32>) -> ()
  return
}
