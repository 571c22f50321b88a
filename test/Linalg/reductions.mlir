// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// A fill with the neutral element, one pass, and the mean's division once per result.
// CHECK-LABEL: func.func @mean
// CHECK-DAG: %[[Z:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[F:.*]] = linalg.fill ins(%[[Z]] : f32) outs(%{{.*}} : tensor<3x4xf32>)
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]{{.*}} outs(%[[F]]
// CHECK: arith.addf
// CHECK: tensor.expand_shape {{.*}} into tensor<3x1x4xf32>
// CHECK: arith.divf
func.func @mean(%x: tensor<3x8x4xf32>) -> tensor<3x1x4xf32> {
  %axes = "onnx.Constant"() {value = dense<-2> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.ReduceMean"(%x, %axes) : (tensor<3x8x4xf32>, tensor<1xi64>) -> tensor<3x1x4xf32>
  return %0 : tensor<3x1x4xf32>
}

// -----

// NaN passes through a maximum; an integer maximum starts at the least value.
// CHECK-LABEL: func.func @max
// CHECK-DAG: arith.constant 0xFF800000 : f32
// CHECK-DAG: arith.constant -128 : i8
// CHECK: arith.maximumf
// CHECK: arith.maxsi
func.func @max(%x: tensor<3x4xf32>, %i: tensor<5xi8>) -> (tensor<f32>, tensor<i8>) {
  %0 = "onnx.ReduceMax"(%x) {keepdims = 0 : si64} : (tensor<3x4xf32>) -> tensor<f32>
  %1 = "onnx.ReduceMax"(%i) {keepdims = 0 : si64} : (tensor<5xi8>) -> tensor<i8>
  return %0, %1 : tensor<f32>, tensor<i8>
}

// -----

// No axes and noop_with_empty_axes: the tensor itself.
// CHECK-LABEL: func.func @noop
// CHECK-NOT: linalg
// CHECK: return
func.func @noop(%x: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = "onnx.ReduceSum"(%x) {noop_with_empty_axes = 1 : si64} : (tensor<3x4xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// -----

// Axes that are read at run time choose between step and position.
// CHECK-LABEL: func.func @runtime
// CHECK: tensor.extract %{{.*}} : tensor<1xi64>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "reduction"]
// CHECK: arith.remui
// CHECK: tensor.extract %{{.*}} : tensor<3x3xf32>
// CHECK: tensor.expand_shape
func.func @runtime(%x: tensor<3x3xf32>, %axes: tensor<1xi64>) -> tensor<1x3xf32> {
  %0 = "onnx.ReduceSum"(%x, %axes) : (tensor<3x3xf32>, tensor<1xi64>) -> tensor<1x3xf32>
  return %0 : tensor<1x3xf32>
}

// -----

// The shape that shape inference cannot know is the result's; the largest element along such axes is taken out of the sum.
// CHECK-LABEL: func.func @runtimeLogSumExp
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "reduction"]
// CHECK: arith.maximumf
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "reduction"]
// CHECK: math.exp
// CHECK: linalg.generic
// CHECK: math.log
func.func @runtimeLogSumExp(%x: tensor<3x3xf32>, %axes: tensor<1xi64>) -> tensor<1x3xf32> {
  %0 = "onnx.ReduceLogSumExp"(%x, %axes) : (tensor<3x3xf32>, tensor<1xi64>) -> tensor<?x?xf32>
  %1 = "onnx.Abs"(%0) : (tensor<?x?xf32>) -> tensor<1x3xf32>
  return %1 : tensor<1x3xf32>
}

// -----

// CHECK-LABEL: func.func @softmax
// CHECK: %[[M:.*]] = linalg.generic
// CHECK: arith.maximumf
// CHECK: %[[E:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[M]]
// CHECK: math.exp
// CHECK: %[[S:.*]] = linalg.generic {{.*}} ins(%[[E]]
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} ins(%[[E]], %[[S]]
// CHECK: arith.divf
func.func @softmax(%x: tensor<?x10xf32> {onnx.name = "x", onnx.dims = ["n", 10]}) -> (tensor<?x10xf32> {onnx.name = "y", onnx.dims = ["n", 10]})
    attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %0 = "onnx.Softmax"(%x) : (tensor<?x10xf32>) -> tensor<?x10xf32>
  return %0 : tensor<?x10xf32>
}

// -----

// Steps of a narrow type are rounded to it, as the nodes of the standard's function are.
// CHECK-LABEL: func.func @softmaxOfHalf
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<2x10xi16>)
// CHECK: math.exp
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<2xf32>)
// CHECK: arith.addf
// CHECK: %[[S:.*]] = linalg.generic {{.*}}outs(%{{.*}} : tensor<2xi16>)
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[S]] : tensor<2x10xi16>, tensor<2xi16>)
// CHECK: arith.divf
func.func @softmaxOfHalf(%x: tensor<2x10xf16>) -> tensor<2x10xf16> {
  %0 = "onnx.Softmax"(%x) : (tensor<2x10xf16>) -> tensor<2x10xf16>
  return %0 : tensor<2x10xf16>
}

// -----

// CHECK-LABEL: func.func @cumulative
// CHECK: linalg.index
// CHECK: arith.cmpi sle
// CHECK: arith.select
func.func @cumulative(%x: tensor<5xf32>) -> tensor<5xf32> {
  %axis = "onnx.Constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %0 = "onnx.CumSum"(%x, %axis) : (tensor<5xf32>, tensor<i64>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}

// -----

// CHECK-LABEL: func.func @place
// CHECK: linalg.generic {{.*}} outs(%{{.*}}, %{{.*}} : tensor<3xf32>, tensor<3xi64>)
// CHECK: linalg.index 1
func.func @place(%x: tensor<3x4xf32>) -> tensor<3x1xi64> {
  %0 = "onnx.ArgMax"(%x) {axis = 1 : si64} : (tensor<3x4xf32>) -> tensor<3x1xi64>
  return %0 : tensor<3x1xi64>
}
