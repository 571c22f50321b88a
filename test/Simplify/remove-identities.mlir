// RUN: motionc-opt %s --motion-remove-identities --split-input-file | FileCheck %s

// CHECK-LABEL: func @removed
// CHECK-SAME: (%[[X:.*]]: tensor<?x8xf32>
// CHECK-NEXT: return %[[X]]
func.func @removed(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %false = "onnx.Constant"() <{value = dense<false> : tensor<i1>}> : () -> tensor<i1>
  %ratio = "onnx.Constant"() <{value = dense<0.5> : tensor<f32>}> : () -> tensor<f32>
  %shape = "onnx.Constant"() <{value = dense<[-1, 8]> : tensor<2xi64>}> : () -> tensor<2xi64>
  %0 = "onnx.Identity"(%x) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %1 = "onnx.Dropout"(%0, %ratio, %false) <{operandSegmentSizes = array<i32: 1, 1, 1>}> : (tensor<?x8xf32>, tensor<f32>, tensor<i1>) -> tensor<?x8xf32>
  %2 = "onnx.Cast"(%1) <{to = 1 : si64}> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %3 = "onnx.Reshape"(%2, %shape) : (tensor<?x8xf32>, tensor<2xi64>) -> tensor<?x8xf32>
  %4 = "onnx.Flatten"(%3) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %5 = "onnx.Sum"(%4) : (tensor<?x8xf32>) -> tensor<?x8xf32>
  %6 = "onnx.Concat"(%5) <{axis = 0 : si64}> : (tensor<?x8xf32>) -> tensor<?x8xf32>
  return %6 : tensor<?x8xf32>
}

// -----

// Two unknown dimensions may change places; training draws numbers; a mask that is used stays.
// CHECK-LABEL: func @kept
// CHECK: onnx.Reshape
// CHECK: onnx.Dropout
// CHECK: onnx.Dropout
// CHECK: onnx.Cast
// CHECK: onnx.Max
func.func @kept(%x: tensor<?x?xf32>, %shape: tensor<2xi64>, %training: tensor<i1>) -> (tensor<?x?xi32>, tensor<?x?xi1>) {
  %ratio = "onnx.Constant"() <{value = dense<0.5> : tensor<f32>}> : () -> tensor<f32>
  %0 = "onnx.Reshape"(%x, %shape) : (tensor<?x?xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  %1 = "onnx.Dropout"(%0, %ratio, %training) <{operandSegmentSizes = array<i32: 1, 1, 1>}> : (tensor<?x?xf32>, tensor<f32>, tensor<i1>) -> tensor<?x?xf32>
  %2, %mask = "onnx.Dropout"(%1) <{operandSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<?x?xf32>) -> (tensor<?x?xf32>, tensor<?x?xi1>)
  %3 = "onnx.Cast"(%2) <{to = 6 : si64}> : (tensor<?x?xf32>) -> tensor<?x?xi32>
  %4 = "onnx.Max"(%3, %3) : (tensor<?x?xi32>, tensor<?x?xi32>) -> tensor<?x?xi32>
  return %4, %mask : tensor<?x?xi32>, tensor<?x?xi1>
}
