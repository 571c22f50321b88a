// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// A constant border: the inside is copied in whole rows.
// CHECK-LABEL: func.func @constant
// CHECK: %[[F:.*]] = linalg.fill
// CHECK: tensor.insert_slice %{{.*}} into %[[F]][1, 0] [2, 4] [1, 1] : tensor<2x4xf32> into tensor<4x4xf32>
func.func @constant(%x: tensor<2x4xf32> {onnx.name = "x"}) -> (tensor<4x4xf32> {onnx.name = "y"}) {
  %pads = "onnx.Constant"() {value = dense<[1, 0, 1, 0]> : tensor<4xi64>} : () -> tensor<4xi64>
  %0 = "onnx.Pad"(%x, %pads) {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<2x4xf32>, tensor<4xi64>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// A mirrored one: places are folded back.
// CHECK-LABEL: func.func @reflect
// CHECK: linalg.generic
// CHECK: arith.remsi
// CHECK: tensor.extract %{{.*}}[%{{.*}}, %{{.*}}] : tensor<2x4xf32>
func.func @reflect(%x: tensor<2x4xf32> {onnx.name = "x"}) -> (tensor<2x6xf32> {onnx.name = "y"}) {
  %pads = "onnx.Constant"() {value = dense<[0, 1, 0, 1]> : tensor<4xi64>} : () -> tensor<4xi64>
  %0 = "onnx.Pad"(%x, %pads) {mode = "reflect", operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<2x4xf32>, tensor<4xi64>) -> tensor<2x6xf32>
  return %0 : tensor<2x6xf32>
}

// -----

// A symbolic number of repetitions is a product of sizes.
// CHECK-LABEL: func.func @tile
// CHECK: %[[N:.*]] = affine.apply
// CHECK: tensor.empty(%[[N]]) : tensor<?x4xf32>
// CHECK: arith.remsi
func.func @tile(%x: tensor<?x4xf32> {onnx.name = "x", onnx.dims = ["n", 4]}) -> (tensor<?x4xf32> {onnx.name = "y", onnx.dims = ["2*n", 4]}) attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %repeats = "onnx.Constant"() {value = dense<[2, 1]> : tensor<2xi64>} : () -> tensor<2xi64>
  %0 = "onnx.Tile"(%x, %repeats) : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}
