// RUN: motionc-opt %s --motion-resolve-sizes | FileCheck %s

// CHECK-LABEL: @sizes
// CHECK-SAME: (%{{.*}}: memref<f32>, %[[BATCH:.*]]: index)
// CHECK-NOT: dim
// CHECK: return %[[BATCH]], %[[BATCH]]
func.func @sizes(%p: memref<f32>, %batch: index) -> (index, index) {
  %c0 = arith.constant 0 : index
  %m = memref.reinterpret_cast %p to offset: [0], sizes: [%batch, 4], strides: [4, 1] : memref<f32> to memref<?x4xf32>
  %x = bufferization.to_tensor %m restrict : memref<?x4xf32> to tensor<?x4xf32>
  %e = tensor.empty(%batch) : tensor<?x4xf32>
  %y = linalg.copy ins(%x : tensor<?x4xf32>) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  %0 = tensor.dim %x, %c0 : tensor<?x4xf32>
  %1 = tensor.dim %y, %c0 : tensor<?x4xf32>
  return %0, %1 : index, index
}

// A size asked of dimensions put together or apart is that of the tensor underneath.
// CHECK-LABEL: @reshaped
// CHECK-SAME: (%{{.*}}: memref<f32>, %[[BATCH:.*]]: index)
// CHECK-NOT: tensor.dim
// CHECK: return %[[BATCH]], %[[BATCH]]
func.func @reshaped(%p: memref<f32>, %batch: index) -> (index, index) {
  %c0 = arith.constant 0 : index
  %m = memref.reinterpret_cast %p to offset: [0], sizes: [%batch, 7, 2], strides: [14, 2, 1] : memref<f32> to memref<?x7x2xf32>
  %x = bufferization.to_tensor %m restrict : memref<?x7x2xf32> to tensor<?x7x2xf32>
  %y = tensor.collapse_shape %x [[0], [1, 2]] : tensor<?x7x2xf32> into tensor<?x14xf32>
  %z = tensor.expand_shape %y [[0], [1, 2]] output_shape [%batch, 2, 7] : tensor<?x14xf32> into tensor<?x2x7xf32>
  %0 = tensor.dim %y, %c0 : tensor<?x14xf32>
  %1 = tensor.dim %z, %c0 : tensor<?x2x7xf32>
  return %0, %1 : index, index
}
