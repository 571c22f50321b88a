// RUN: motionc-opt %s --motion-linalg --split-input-file --verify-diagnostics | FileCheck %s

// Letters are loops: those of the result first.
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d3, d2)>
// CHECK-LABEL: func.func @products
// CHECK: kernel.contract {{.*}}indexing_maps = [#[[A]], #[[B]]
func.func @products(%a: tensor<5x2x3xf32>, %b: tensor<5x3x4xf32>) -> tensor<5x2x4xf32> {
  %0 = "onnx.Einsum"(%a, %b) {equation = "bij, bjk -> bik"} : (tensor<5x2x3xf32>, tensor<5x3x4xf32>) -> tensor<5x2x4xf32>
  return %0 : tensor<5x2x4xf32>
}

// -----

// A diagonal, a sum of everything, and an outer product are no contractions.
// CHECK-DAG: #[[DIAGONAL:.*]] = affine_map<(d0, d1) -> (d0, d1, d1)>
// CHECK-LABEL: func.func @others
// CHECK: linalg.generic {indexing_maps = [#[[DIAGONAL]]
// CHECK: linalg.generic {{.*}}["reduction", "reduction", "reduction"]{{.*}} outs(%{{.*}} : tensor<f32>)
// CHECK: arith.mulf
// CHECK-NOT: kernel.contract
func.func @others(%a: tensor<3x5x5xf32>, %v: tensor<2xf32>) -> (tensor<3x5xf32>, tensor<f32>, tensor<2x2xf32>) {
  %0 = "onnx.Einsum"(%a) {equation = "...ii->...i"} : (tensor<3x5x5xf32>) -> tensor<3x5xf32>
  %1 = "onnx.Einsum"(%a) {equation = "ijk->"} : (tensor<3x5x5xf32>) -> tensor<f32>
  %2 = "onnx.Einsum"(%v, %v) {equation = "i,j"} : (tensor<2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %0, %1, %2 : tensor<3x5xf32>, tensor<f32>, tensor<2x2xf32>
}

// -----

func.func @wrong(%a: tensor<3x5xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{Einsum: expected an equation that fits the operands, each letter with one size, found ii->i tensor<3x5xf32>}}
  %0 = "onnx.Einsum"(%a) {equation = "ii->i"} : (tensor<3x5xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
