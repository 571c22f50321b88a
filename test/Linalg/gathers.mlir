// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// Negative indices count from the end, and no index reads outside.
// CHECK-LABEL: func.func @rows
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<3xi64>) outs(%{{.*}} : tensor<3x4xf32>)
// CHECK: %[[I:.*]] = arith.index_cast %{{.*}} : i64 to index
// CHECK: %[[L:.*]] = arith.cmpi slt, %[[I]], %c0
// CHECK: %[[P:.*]] = arith.addi %[[I]], %c8
// CHECK: %[[S:.*]] = arith.select %[[L]], %[[P]], %[[I]]
// CHECK: %[[M:.*]] = arith.minsi %[[S]], %c7
// CHECK: %[[R:.*]] = arith.maxsi %[[M]], %c0
// CHECK: tensor.extract %{{.*}}[%[[R]], %{{.*}}] : tensor<8x4xf32>
func.func @rows(%x: tensor<8x4xf32> {onnx.name = "x"}, %i: tensor<3xi64> {onnx.name = "i"}) -> (tensor<3x4xf32> {onnx.name = "y"}) {
  %0 = "onnx.Gather"(%x, %i) : (tensor<8x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// -----

// One constant index is a view.
// CHECK-LABEL: func.func @last
// CHECK: tensor.extract_slice %{{.*}}[0, 3] [8, 1] [1, 1]
// CHECK-NOT: linalg.generic
func.func @last(%x: tensor<8x4xf32> {onnx.name = "x"}) -> (tensor<8xf32> {onnx.name = "y"}) {
  %i = "onnx.Constant"() {value = dense<-1> : tensor<i64>} : () -> tensor<i64>
  %0 = "onnx.Gather"(%x, %i) {axis = 1 : si64} : (tensor<8x4xf32>, tensor<i64>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// CHECK-LABEL: func.func @nd
// CHECK-COUNT-3: tensor.extract
func.func @nd(%x: tensor<8x4x2xf32> {onnx.name = "x"}, %i: tensor<3x2xi32> {onnx.name = "i"}) -> (tensor<3x2xf32> {onnx.name = "y"}) {
  %0 = "onnx.GatherND"(%x, %i) : (tensor<8x4x2xf32>, tensor<3x2xi32>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}
