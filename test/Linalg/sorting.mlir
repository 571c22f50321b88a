// RUN: motionc-opt %s --motion-linalg | FileCheck %s

// Two results, written in place; the innermost loop looks for the next element in a total order.
// CHECK-LABEL: func.func @topk
// CHECK: scf.for %{{.*}} = %c0 to %c3
// CHECK: scf.for %{{.*}} = %c0 to %c2
// CHECK: %[[NEXT:.*]]:2 = scf.for %{{.*}} = %c0 to %c5
// CHECK: arith.bitcast %{{.*}} : f32 to i32
// CHECK: tensor.insert %{{.*}} : tensor<3x2xf32>
// CHECK: tensor.insert %{{.*}} : tensor<3x2xi64>
func.func @topk(%x: tensor<3x5xf32> {onnx.name = "x"}) -> (tensor<3x2xf32> {onnx.name = "v"}, tensor<3x2xi64> {onnx.name = "i"}) {
  %k = "onnx.Constant"() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %v, %i = "onnx.TopK"(%x, %k) : (tensor<3x5xf32>, tensor<1xi64>) -> (tensor<3x2xf32>, tensor<3x2xi64>)
  return %v, %i : tensor<3x2xf32>, tensor<3x2xi64>
}
