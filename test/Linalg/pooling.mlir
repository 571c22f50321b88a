// RUN: motionc-opt %s --motion-linalg --split-input-file --verify-diagnostics | FileCheck %s

// Without padding the window reads the input itself.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2 * 2 + d4, d3 * 2 + d5)>
// CHECK-DAG: #[[Y:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1, d2, d3)>
// CHECK-LABEL: func.func @max
// CHECK-DAG: %[[LOW:.*]] = arith.constant 0xFF800000 : f32
// CHECK: %[[IN:.*]] = bufferization.to_tensor
// CHECK: linalg.fill ins(%[[LOW]] : f32)
// CHECK: linalg.generic {indexing_maps = [#[[X]], #{{.*}}, #[[Y]]]{{.*}}"parallel", "reduction", "reduction"]} ins(%[[IN]], %{{.*}} : tensor<?x3x8x8xf32>, tensor<2x2xf32>)
// CHECK: arith.maximumf
// CHECK: -> tensor<?x3x4x4xf32>
func.func @max(%x: tensor<?x3x8x8xf32> {onnx.name = "x", onnx.dims = ["n", 3, 8, 8]}) -> (tensor<?x3x4x4xf32> {onnx.name = "y", onnx.dims = ["n", 3, 4, 4]})
    attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %0 = "onnx.MaxPool"(%x) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>} : (tensor<?x3x8x8xf32>) -> tensor<?x3x4x4xf32>
  return %0 : tensor<?x3x4x4xf32>
}

// -----

// Padding is a copy with the neutral element around it; ceil_mode makes it as large as the last window needs.
// CHECK-LABEL: func.func @padded
// CHECK-DAG: %[[LEAST:.*]] = arith.constant -128 : i8
// CHECK: %[[F:.*]] = linalg.fill ins(%[[LEAST]] : i8) {{.*}} -> tensor<1x1x9xi8>
// CHECK: tensor.insert_slice %{{.*}} into %[[F]][0, 0, 1] [1, 1, 6] [1, 1, 1]
// CHECK: arith.maxsi
// CHECK: -> tensor<1x1x4xi8>
func.func @padded(%x: tensor<1x1x6xi8>) -> tensor<1x1x4xi8> {
  %0 = "onnx.MaxPool"(%x) {kernel_shape = array<i64: 3>, strides = array<i64: 2>, pads = array<i64: 1, 1>, ceil_mode = 1 : si64}
      : (tensor<1x1x6xi8>) -> tensor<1x1x4xi8>
  return %0 : tensor<1x1x4xi8>
}

// -----

// Indices count the input's elements, so that padding is left out; a NaN wins once.
// CHECK-LABEL: func.func @indices
// CHECK: linalg.generic {{.*}} outs(%{{.*}}, %{{.*}} : tensor<1x2x4xf32>, tensor<1x2x4xi64>)
// CHECK: arith.cmpf uno
// CHECK: arith.cmpi ult
func.func @indices(%x: tensor<1x2x4xf32>) -> (tensor<1x2x4xf32>, tensor<1x2x4xi64>) {
  %0, %1 = "onnx.MaxPool"(%x) {kernel_shape = array<i64: 3>, pads = array<i64: 1, 1>} : (tensor<1x2x4xf32>) -> (tensor<1x2x4xf32>, tensor<1x2x4xi64>)
  return %0, %1 : tensor<1x2x4xf32>, tensor<1x2x4xi64>
}

// -----

// A mean of whole windows divides by a constant, one at a border by the number of taps inside.
// CHECK-LABEL: func.func @average
// CHECK-DAG: %[[THREE:.*]] = arith.constant 3.000000e+00 : f32
// CHECK: arith.divf %{{.*}}, %[[THREE]]
// CHECK: linalg.index 2
// CHECK: arith.sitofp
// CHECK: arith.divf
func.func @average(%x: tensor<1x2x6xf32>) -> (tensor<1x2x4xf32>, tensor<1x2x6xf32>) {
  %0 = "onnx.AveragePool"(%x) {kernel_shape = array<i64: 3>} : (tensor<1x2x6xf32>) -> tensor<1x2x4xf32>
  %1 = "onnx.AveragePool"(%x) {kernel_shape = array<i64: 3>, pads = array<i64: 1, 1>} : (tensor<1x2x6xf32>) -> tensor<1x2x6xf32>
  return %0, %1 : tensor<1x2x4xf32>, tensor<1x2x6xf32>
}

// -----

// CHECK-LABEL: func.func @global
// CHECK: linalg.generic {{.*}}["parallel", "parallel", "reduction", "reduction"]
// CHECK: %[[M:.*]] = linalg.generic
// CHECK: arith.divf
// CHECK: tensor.expand_shape %[[M]] {{.*}} : tensor<2x3xf32> into tensor<2x3x1x1xf32>
func.func @global(%x: tensor<2x3x4x5xf32>) -> tensor<2x3x1x1xf32> {
  %0 = "onnx.GlobalAveragePool"(%x) : (tensor<2x3x4x5xf32>) -> tensor<2x3x1x1xf32>
  return %0 : tensor<2x3x1x1xf32>
}

// -----

func.func @flat(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // expected-error @+1 {{MaxPool: expected data of rank 3 or more, found tensor<2x3xf32>}}
  %0 = "onnx.MaxPool"(%x) {kernel_shape = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}
