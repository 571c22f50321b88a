// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// What an exporter writes for x.view(x.size(0), -1, 4): no integer tensor is left.
// CHECK-LABEL: func.func @view
// CHECK-NOT: from_elements
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2]] output_shape [%{{.*}}, 3, 4] : tensor<?x12xf32> into tensor<?x3x4xf32>
// CHECK-NOT: from_elements
func.func @view(%x: tensor<?x12xf32> {onnx.name = "x", onnx.dims = ["n", 12]}) -> (tensor<?x3x4xf32> {onnx.name = "y", onnx.dims = ["n", 3, 4]})
    attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %zero = "onnx.Constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %axes = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %rest = "onnx.Constant"() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %s = "onnx.Shape"(%x) : (tensor<?x12xf32>) -> tensor<2xi64>
  %n = "onnx.Gather"(%s, %zero) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %u = "onnx.Unsqueeze"(%n, %axes) : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>
  %c = "onnx.Concat"(%u, %rest) {axis = 0 : si64} : (tensor<1xi64>, tensor<2xi64>) -> tensor<3xi64>
  %0 = "onnx.Reshape"(%x, %c) : (tensor<?x12xf32>, tensor<3xi64>) -> tensor<?x3x4xf32>
  return %0 : tensor<?x3x4xf32>
}
