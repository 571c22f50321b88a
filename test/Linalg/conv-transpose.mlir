// RUN: motionc-opt %s --motion-linalg | FileCheck %s

// Stride 2, 4 taps: 2 phases of 2 taps each. The kernel is turned round, all phases are outputs of one contraction, and the result is woven
// together and cropped.
// CHECK-DAG: #[[TURNED:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d2, d4, -d1 + 1, d3)>
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2, d4, d1 + d5)>
// CHECK-LABEL: func.func @stride2
// CHECK: linalg.generic {indexing_maps = [#[[TURNED]]
// CHECK: %[[W:.*]] = tensor.collapse_shape {{.*}} into tensor<1x2x3x10xf32>
// CHECK: kernel.contract ins(%{{.*}}, %[[W]] : tensor<1x1x3x6xf32>, tensor<1x2x3x10xf32>) {{.*}} outs(%{{.*}} : tensor<1x7x1x10xf32>) {{.*}}indexing_maps = [#[[X]]{{.*}}padding = array<i64: -1, -1, -1, 1>
// CHECK: linalg.transpose {{.*}} permutation = [0, 2, 4, 1, 3]
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 1] [1, 5, 12] [1, 1, 1] : tensor<1x5x14xf32> to tensor<1x5x12xf32>
func.func @stride2(%x: tensor<1x3x6xf32>, %w: tensor<3x5x4xf32>) -> tensor<1x5x12xf32> {
  %0 = "onnx.ConvTranspose"(%x, %w) {strides = array<i64: 2>, pads = array<i64: 1, 1>} : (tensor<1x3x6xf32>, tensor<3x5x4xf32>) -> tensor<1x5x12xf32>
  return %0 : tensor<1x5x12xf32>
}
