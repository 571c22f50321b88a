// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// A copy of the data, then one update after the other, at places that are inside.
// CHECK-LABEL: func.func @add
// CHECK: %[[C:.*]] = linalg.copy ins(%{{.*}} : tensor<8x4xf32>)
// CHECK: scf.for
// CHECK: scf.for
// CHECK: arith.minsi
// CHECK: %[[P:.*]] = arith.maxsi
// CHECK: tensor.extract %{{.*}}[%[[P]], %{{.*}}] : tensor<8x4xf32>
// CHECK: arith.addf
// CHECK: tensor.insert %{{.*}} into %{{.*}}[%[[P]], %{{.*}}] : tensor<8x4xf32>
func.func @add(%x: tensor<8x4xf32> {onnx.name = "x"}, %i: tensor<3x1xi64> {onnx.name = "i"}, %u: tensor<3x4xf32> {onnx.name = "u"}) -> (tensor<8x4xf32> {onnx.name = "y"}) {
  %0 = "onnx.ScatterND"(%x, %i, %u) {reduction = "add"} : (tensor<8x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>) -> tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}

// -----

// CHECK-LABEL: func.func @elements
// CHECK: scf.for
// CHECK-NOT: arith.addf
// CHECK: tensor.insert
func.func @elements(%x: tensor<8xf32> {onnx.name = "x"}, %i: tensor<3xi64> {onnx.name = "i"}, %u: tensor<3xf32> {onnx.name = "u"}) -> (tensor<8xf32> {onnx.name = "y"}) {
  %0 = "onnx.ScatterElements"(%x, %i, %u) : (tensor<8xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// Indices count in the 4 x 4 elements that the window was over; the result is larger.
// CHECK-LABEL: func.func @unpool
// CHECK: linalg.fill {{.*}}tensor<1x1x5x5xf32>
// CHECK: scf.for
// CHECK: arith.remui %{{.*}}, %c4
// CHECK: tensor.insert %{{.*}} into %{{.*}} : tensor<1x1x5x5xf32>
func.func @unpool(%x: tensor<1x1x2x2xf32>, %i: tensor<1x1x2x2xi64>, %size: tensor<4xi64>) -> tensor<1x1x5x5xf32> {
  %0 = "onnx.MaxUnpool"(%x, %i, %size) {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>}
    : (tensor<1x1x2x2xf32>, tensor<1x1x2x2xi64>, tensor<4xi64>) -> tensor<1x1x5x5xf32>
  return %0 : tensor<1x1x5x5xf32>
}
