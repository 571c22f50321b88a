// RUN: not motionc-opt %s --motion-linalg 2>&1 | FileCheck %s

// Every node that cannot be lowered is named in one run, also behind another one.
// CHECK: error: loc("a"): Multinomial: this operator is not supported
// CHECK: error: loc("b"): BitShift: expected direction LEFT or RIGHT, found UP
// CHECK: error: loc("c"): Unique: this operator is not supported
func.func @refused(%x: tensor<3xi32>) -> tensor<1x2xi64> {
  %0 = "onnx.Multinomial"(%x) : (tensor<3xi32>) -> tensor<1x2xi64> loc("a")
  %1 = "onnx.BitShift"(%x, %x) {direction = "UP"} : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32> loc("b")
  %2 = "onnx.Unique"(%1) {resultSegmentSizes = array<i32: 1, 0, 0, 0>} : (tensor<3xi32>) -> tensor<3xi32> loc("c")
  return %0 : tensor<1x2xi64>
}
