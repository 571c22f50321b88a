// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// One axis at a time: places and weights first, then the sum over two taps. Axes of scale 1 are left alone.
// CHECK-LABEL: func.func @linear
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<8x2xi32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<8x2xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x1x8xf32>)
// CHECK-COUNT-2: arith.mulf
// CHECK-NOT: linalg.generic
func.func @linear(%x: tensor<1x1x4xf32> {onnx.name = "x"}) -> (tensor<1x1x8xf32> {onnx.name = "y"}) {
  %scales = "onnx.Constant"() {value = dense<[1.0, 1.0, 2.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %0 = "onnx.Resize"(%x, %scales) {mode = "linear", operandSegmentSizes = array<i32: 1, 0, 1, 0>} : (tensor<1x1x4xf32>, tensor<3xf32>) -> tensor<1x1x8xf32>
  return %0 : tensor<1x1x8xf32>
}

// -----

// Nearest copies elements of any type.
// CHECK-LABEL: func.func @nearest
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<?x1xi32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x?xi8>)
// CHECK-NOT: arith.mulf
func.func @nearest(%x: tensor<1x?xi8> {onnx.name = "x", onnx.dims = [1, "n"]}) -> (tensor<1x?xi8> {onnx.name = "y", onnx.dims = [1, "2*n"]}) attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %scales = "onnx.Constant"() {value = dense<[1.0, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = "onnx.Resize"(%x, %scales) {operandSegmentSizes = array<i32: 1, 0, 1, 0>} : (tensor<1x?xi8>, tensor<2xf32>) -> tensor<1x?xi8>
  return %0 : tensor<1x?xi8>
}
