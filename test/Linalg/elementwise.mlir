// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// Broadcasting is in the maps; a constant of one element is in the body.
// CHECK-DAG: #[[V:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[I:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-LABEL: func.func @broadcast
// CHECK-DAG: %[[TWO:.*]] = arith.constant 2.000000e+00 : f32
// CHECK: linalg.generic {indexing_maps = [#[[I]], #[[V]], #[[I]]]
// CHECK: linalg.generic {indexing_maps = [#[[I]], #[[I]]]
// CHECK: arith.mulf %{{.*}}, %[[TWO]] fastmath<contract>
func.func @broadcast(%x: tensor<3x4xf32>, %b: tensor<4xf32>) -> tensor<3x4xf32> {
  %two = "onnx.Constant"() {value = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "onnx.Add"(%x, %b) : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<3x4xf32>
  %1 = "onnx.Mul"(%0, %two) : (tensor<3x4xf32>, tensor<f32>) -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// -----

// NaN passes through Relu and Clip; a negative slope keeps it too.
// CHECK-LABEL: func.func @activations
// CHECK: arith.maximumf
// CHECK: arith.minimumf
// CHECK: arith.cmpf olt
// CHECK: math.erf
func.func @activations(%x: tensor<3xf32>) -> tensor<3xf32> {
  %six = "onnx.Constant"() {value = dense<6.0> : tensor<f32>} : () -> tensor<f32>
  %0 = "onnx.Relu"(%x) : (tensor<3xf32>) -> tensor<3xf32>
  %1 = "onnx.Clip"(%0, %six) {operandSegmentSizes = array<i32: 1, 0, 1>} : (tensor<3xf32>, tensor<f32>) -> tensor<3xf32>
  %2 = "onnx.LeakyRelu"(%1) {alpha = 0.1 : f32} : (tensor<3xf32>) -> tensor<3xf32>
  %3 = "onnx.Gelu"(%2) : (tensor<3xf32>) -> tensor<3xf32>
  return %3 : tensor<3xf32>
}

// -----

// Integers: guarded division, unsigned by type.
// CHECK-LABEL: func.func @integers
// CHECK: arith.select
// CHECK: arith.divsi
// CHECK: arith.divui
func.func @integers(%a: tensor<3xi32>, %b: tensor<3xui8>) -> (tensor<3xi32>, tensor<3xui8>) {
  %0 = "onnx.Div"(%a, %a) : (tensor<3xi32>, tensor<3xi32>) -> tensor<3xi32>
  %1 = "onnx.Div"(%b, %b) : (tensor<3xui8>, tensor<3xui8>) -> tensor<3xui8>
  return %0, %1 : tensor<3xi32>, tensor<3xui8>
}

// -----

// Half precision is stored as its bits and computed in f32.
// CHECK-LABEL: func.func @half
// CHECK-SAME: memref<i16> {{{.*}}onnx.type = 10
// CHECK: arith.bitcast %{{.*}} : i32 to f32
// CHECK: math.exp %{{.*}} : f32
// CHECK: arith.trunci %{{.*}} : i32 to i16
func.func @half(%x: tensor<3xf16>) -> tensor<3xf16> {
  %0 = "onnx.Exp"(%x) : (tensor<3xf16>) -> tensor<3xf16>
  return %0 : tensor<3xf16>
}

// -----

// A float out of an integer's range gives the nearest bound.
// CHECK-LABEL: func.func @cast
// CHECK: arith.fptosi
// CHECK: arith.select
func.func @cast(%x: tensor<3xf32>) -> tensor<3xi8> {
  %0 = "onnx.Cast"(%x) {to = 3 : si64} : (tensor<3xf32>) -> tensor<3xi8>
  return %0 : tensor<3xi8>
}

// -----

// Bools are bytes outside.
// CHECK-LABEL: func.func @bits
// CHECK: arith.extui %{{.*}} : i1 to i8
func.func @bits(%x: tensor<3xi1>) -> tensor<3xui8> {
  %0 = "onnx.BitCast"(%x) {to = 2 : si64} : (tensor<3xi1>) -> tensor<3xui8>
  return %0 : tensor<3xui8>
}

// -----

// 1 above the threshold.
// CHECK-LABEL: func.func @binary
// CHECK: arith.cmpf olt, %cst{{.*}}, %in : f32
func.func @binary(%x: tensor<3xf32>) -> tensor<3xf32> {
  %0 = "onnx.ml.Binarizer"(%x) {threshold = 1.0 : f32} : (tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// Rows are exchanged where the second one starts with the larger element; the product of the pivots follows.
// CHECK-LABEL: func.func @determinant
// CHECK-COUNT-4: tensor.extract %{{.*}} : tensor<3x2x2xf32>
// CHECK: arith.select
// CHECK: arith.divf
// CHECK: linalg.yield
func.func @determinant(%x: tensor<3x2x2xf32>) -> tensor<3xf32> {
  %0 = "onnx.Det"(%x) : (tensor<3x2x2xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
