// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// A scale per row; half-way cases go to even, everything outside of the type's range to its bounds.
// CHECK-LABEL: func.func @per_row
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[S:.*]] = tensor.extract %{{.*}}[%[[I]]] : tensor<2xf32>
// CHECK: %[[Q:.*]] = arith.divf %{{.*}}, %[[S]]
// CHECK: math.roundeven %[[Q]]
// CHECK: arith.fptosi
func.func @per_row(%x: tensor<2x3xf32> {onnx.name = "x"}, %s: tensor<2xf32> {onnx.name = "s"}, %z: tensor<2xi8> {onnx.name = "z"}) -> (tensor<2x3xi8> {onnx.name = "y"}) {
  %0 = "onnx.QuantizeLinear"(%x, %s, %z) {axis = 0 : si64} : (tensor<2x3xf32>, tensor<2xf32>, tensor<2xi8>) -> tensor<2x3xi8>
  return %0 : tensor<2x3xi8>
}

// -----

// A scale per block of two columns.
// CHECK-LABEL: func.func @blocked
// CHECK: %[[J:.*]] = linalg.index 1
// CHECK: %[[B:.*]] = arith.divui %[[J]], %c2
// CHECK: tensor.extract %{{.*}}[%{{.*}}, %[[B]]] : tensor<2x2xf32>
func.func @blocked(%x: tensor<2x4xui8> {onnx.name = "x"}, %s: tensor<2x2xf32> {onnx.name = "s"}) -> (tensor<2x4xf32> {onnx.name = "y"}) {
  %0 = "onnx.DequantizeLinear"(%x, %s) {axis = 1 : si64, block_size = 2 : si64} : (tensor<2x4xui8>, tensor<2x2xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
