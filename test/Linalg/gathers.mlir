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

// -----

// The places that a condition holds at, two as the result says, and their number behind them.
// CHECK-LABEL: func.func @compress
// CHECK: linalg.fill {{.*}}tensor<3xi64>
// CHECK: %[[P:.*]] = scf.for %{{.*}} = %c0 to %c8
// CHECK: tensor.insert {{.*}} : tensor<3xi64>
// CHECK: tensor.insert {{.*}} : tensor<3xi64>
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<2x4xf32>)
// CHECK: tensor.extract %[[P]]
// CHECK: tensor.extract %{{.*}} : tensor<8x4xf32>
func.func @compress(%x: tensor<8x4xf32>, %c: tensor<8xi1>) -> tensor<2x4xf32> {
  %0 = "onnx.Compress"(%x, %c) {axis = 0 : si64} : (tensor<8x4xf32>, tensor<8xi1>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// Places are divided into a row and a column.
// CHECK-LABEL: func.func @nonZero
// CHECK: scf.for %{{.*}} = %c0 to %c32
// CHECK: arith.cmpf une
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<2x3xi64>)
// CHECK: arith.remui
// CHECK: arith.divui
func.func @nonZero(%x: tensor<8x4xf32>) -> tensor<2x3xi64> {
  %0 = "onnx.NonZero"(%x) : (tensor<8x4xf32>) -> tensor<2x3xi64>
  return %0 : tensor<2x3xi64>
}

// -----

// Elements of the last axis.
// CHECK-LABEL: func.func @features
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<3x2xf32>)
// CHECK: tensor.extract %{{.*}} : tensor<2xi64>
// CHECK: tensor.extract %{{.*}} : tensor<3x4xf32>
func.func @features(%x: tensor<3x4xf32>, %i: tensor<2xi64>) -> tensor<3x2xf32> {
  %0 = "onnx.ml.ArrayFeatureExtractor"(%x, %i) : (tensor<3x4xf32>, tensor<2xi64>) -> tensor<3x2xf32>
  return %0 : tensor<3x2xf32>
}
