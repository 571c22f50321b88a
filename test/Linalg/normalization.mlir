// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// Mean, then the mean square of the differences, then one pass over x; the statistics have 1 along the normalised axes.
// CHECK-DAG: #[[ALL:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[COLUMN:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func.func @layer
// CHECK: linalg.generic {{.*}}["parallel", "reduction"]
// CHECK: %[[MEAN:.*]] = linalg.generic
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}}["parallel", "reduction"]} ins(%{{.*}}, %[[MEAN]]
// CHECK: arith.subf
// CHECK: math.sqrt
// CHECK: linalg.generic {indexing_maps = [#[[ALL]], #[[ROW]], #[[ROW]], #[[COLUMN]], #[[COLUMN]], #[[ALL]]]
// CHECK: tensor.expand_shape %[[MEAN]] {{.*}} into tensor<3x1xf32>
func.func @layer(%x: tensor<3x8xf32>, %scale: tensor<8xf32>, %bias: tensor<8xf32>) -> (tensor<3x8xf32>, tensor<3x1xf32>) {
  %0, %1 = "onnx.LayerNormalization"(%x, %scale, %bias) {axis = -1 : si64, resultSegmentSizes = array<i32: 1, 1, 0>}
      : (tensor<3x8xf32>, tensor<8xf32>, tensor<8xf32>) -> (tensor<3x8xf32>, tensor<3x1xf32>)
  return %0, %1 : tensor<3x8xf32>, tensor<3x1xf32>
}

// -----

// Half precision is summed in single precision and rounded once.
// CHECK-LABEL: func.func @rms
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<3x8xi16>) outs(%{{.*}} : tensor<3xf32>)
// CHECK-NOT: arith.subf
// CHECK: linalg.yield %{{.*}} : f32
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<3x8xi16>)
func.func @rms(%x: tensor<3x8xf16>, %scale: tensor<8xf16>) -> tensor<3x8xf16> {
  %0 = "onnx.RMSNormalization"(%x, %scale) : (tensor<3x8xf16>, tensor<8xf16>) -> tensor<3x8xf16>
  return %0 : tensor<3x8xf16>
}

// -----

// Groups are a dimension of their own.
// CHECK-LABEL: func.func @group
// CHECK: tensor.expand_shape {{.*}} : tensor<2x6x5xf32> into tensor<2x3x2x5xf32>
// CHECK: linalg.generic {{.*}}["parallel", "parallel", "reduction", "reduction"]
// CHECK: tensor.collapse_shape {{.*}} : tensor<2x3x2x5xf32> into tensor<2x6x5xf32>
func.func @group(%x: tensor<2x6x5xf32>, %scale: tensor<6xf32>, %bias: tensor<6xf32>) -> tensor<2x6x5xf32> {
  %0 = "onnx.GroupNormalization"(%x, %scale, %bias) {num_groups = 3 : si64} : (tensor<2x6x5xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x5xf32>
  return %0 : tensor<2x6x5xf32>
}

// -----

// At inference: one product and one sum per element, of vectors per channel.
// CHECK-DAG: #[[CHANNEL:.*]] = affine_map<(d0, d1, d2) -> (d1)>
// CHECK-LABEL: func.func @batch
// CHECK: linalg.generic {{.*}}["parallel"]
// CHECK: math.sqrt
// CHECK: linalg.generic {{.*}}["parallel"]
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[CHANNEL]], #[[CHANNEL]], #{{.*}}]
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.mulf
// CHECK-NEXT: arith.addf
func.func @batch(%x: tensor<2x3x4xf32>, %s: tensor<3xf32>, %b: tensor<3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>) -> tensor<2x3x4xf32> {
  %0 = "onnx.BatchNormalization"(%x, %s, %b, %m, %v) {resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<2x3x4xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x3x4xf32>
  return %0 : tensor<2x3x4xf32>
}

// -----

// The window runs over the channels.
// CHECK-DAG: #[[NEAR:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d1 + d4, d2, d3)>
// CHECK-LABEL: func.func @lrn
// CHECK: tensor.insert_slice {{.*}}[0, 1, 0, 0] [1, 4, 2, 2]
// CHECK: linalg.generic {indexing_maps = [#[[NEAR]]
func.func @lrn(%x: tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32> {
  %0 = "onnx.LRN"(%x) {size = 3 : si64} : (tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  return %0 : tensor<1x4x2x2xf32>
}

// -----

// Zeros where the norm is 0.
// CHECK-LABEL: func.func @lp
// CHECK: math.sqrt
// CHECK: arith.cmpf oeq
// CHECK: arith.select
func.func @lp(%x: tensor<3x8xf32>) -> tensor<3x8xf32> {
  %0 = "onnx.LpNormalization"(%x) : (tensor<3x8xf32>) -> tensor<3x8xf32>
  return %0 : tensor<3x8xf32>
}
