// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// The length that is read when running is that of the result: pointwise operators and scalars stand between them.
// CHECK-LABEL: func.func @window
// CHECK-NOT: tensor<?xf32>
// CHECK: linalg.index 0
// CHECK: math.cos
// CHECK-SAME: f32
// CHECK-NOT: tensor<?xf32>
func.func @window(%length: tensor<f32>) -> tensor<10xf64> {
  %zero = "onnx.Constant"() {value = dense<0.0> : tensor<f32>} : () -> tensor<f32>
  %one = "onnx.Constant"() {value = dense<1.0> : tensor<f32>} : () -> tensor<f32>
  %range = "onnx.Range"(%zero, %length, %one) : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<?xf32>
  %angle = "onnx.Div"(%range, %length) : (tensor<?xf32>, tensor<f32>) -> tensor<?xf32>
  %cosine = "onnx.Cos"(%angle) : (tensor<?xf32>) -> tensor<?xf32>
  %sum = "onnx.Add"(%cosine, %angle) : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %0 = "onnx.Cast"(%sum) {to = 11 : si64} : (tensor<?xf32>) -> tensor<10xf64>
  return %0 : tensor<10xf64>
}
