// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// CHECK-LABEL: func.func @one_hot
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<3xi64>) outs(%{{.*}} : tensor<3x5xf32>)
// CHECK: %[[HOT:.*]] = arith.cmpi eq
// CHECK: arith.select %[[HOT]]
func.func @one_hot(%i: tensor<3xi64> {onnx.name = "i"}, %v: tensor<2xf32> {onnx.name = "v"}) -> (tensor<3x5xf32> {onnx.name = "y"}) {
  %depth = "onnx.Constant"() {value = dense<5> : tensor<i64>} : () -> tensor<i64>
  %0 = "onnx.OneHot"(%i, %depth, %v) : (tensor<3xi64>, tensor<i64>, tensor<2xf32>) -> tensor<3x5xf32>
  return %0 : tensor<3x5xf32>
}

// -----

// The lower triangle: elements whose column is at most the row.
// CHECK-LABEL: func.func @lower
// CHECK: ^bb0(%[[X:[^:]*]]: f32
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[J:.*]] = linalg.index 1
// CHECK: %[[KEPT:.*]] = arith.cmpi sle, %[[J]], %[[I]]
// CHECK: arith.select %[[KEPT]], %[[X]]
func.func @lower(%x: tensor<4x4xf32> {onnx.name = "x"}) -> (tensor<4x4xf32> {onnx.name = "y"}) {
  %0 = "onnx.Trilu"(%x) {upper = 0 : si64} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// CHECK-LABEL: func.func @filled
// CHECK: %[[C:.*]] = arith.constant 1.5
// CHECK: tensor.empty(%{{.*}}) : tensor<?x2xf32>
// CHECK: linalg.fill ins(%[[C]] : f32)
func.func @filled(%x: tensor<?x2xi64> {onnx.name = "x", onnx.dims = ["n", 2]}) -> (tensor<?x2xf32> {onnx.name = "y", onnx.dims = ["n", 2]}) attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %shape = "onnx.Shape"(%x) : (tensor<?x2xi64>) -> tensor<2xi64>
  %0 = "onnx.ConstantOfShape"(%shape) {value = dense<1.5> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

// -----

// Corners of the triangles by logarithm and exponential, in f64.
// CHECK-LABEL: func.func @mel
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<9x8xf32>)
// CHECK: math.log %{{.*}} : f64
// CHECK: math.exp %{{.*}} : f64
// CHECK: math.floor %{{.*}} : f64
// CHECK: arith.truncf %{{.*}} : f64 to f32
func.func @mel(%bins: tensor<i32>, %length: tensor<i32>, %rate: tensor<i32>, %low: tensor<f32>, %high: tensor<f32>) -> tensor<9x8xf32> {
  %0 = "onnx.MelWeightMatrix"(%bins, %length, %rate, %low, %high) : (tensor<i32>, tensor<i32>, tensor<i32>, tensor<f32>, tensor<f32>) -> tensor<9x8xf32>
  return %0 : tensor<9x8xf32>
}
