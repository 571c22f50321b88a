// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// Four neighbours, each read inside and counted as 0 where it does not exist.
// CHECK-LABEL: func.func @grid
// CHECK-COUNT-4: tensor.extract %{{.*}} : tensor<1x2x4x4xf32>
// CHECK-NOT: tensor.extract
func.func @grid(%x: tensor<1x2x4x4xf32> {onnx.name = "x"}, %g: tensor<1x3x3x2xf32> {onnx.name = "g"}) -> (tensor<1x2x3x3xf32> {onnx.name = "y"}) {
  %0 = "onnx.GridSample"(%x, %g) : (tensor<1x2x4x4xf32>, tensor<1x3x3x2xf32>) -> tensor<1x2x3x3xf32>
  return %0 : tensor<1x2x3x3xf32>
}

// -----

// Sums over the elements of a block; only whole columns count.
// CHECK-LABEL: func.func @columns
// CHECK: scf.for %{{.*}} = %c0 to %c4
// CHECK: tensor.extract %{{.*}} : tensor<1x4x9xf32>
// CHECK: arith.addf
func.func @columns(%x: tensor<1x4x9xf32> {onnx.name = "x"}) -> (tensor<1x1x4x4xf32> {onnx.name = "y"}) {
  %image = "onnx.Constant"() {value = dense<4> : tensor<2xi64>} : () -> tensor<2xi64>
  %block = "onnx.Constant"() {value = dense<2> : tensor<2xi64>} : () -> tensor<2xi64>
  %0 = "onnx.Col2Im"(%x, %image, %block) : (tensor<1x4x9xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<1x1x4x4xf32>
  return %0 : tensor<1x1x4x4xf32>
}
