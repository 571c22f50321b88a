// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-LABEL: func.func @gemm
// CHECK: %[[W:.*]] = kernel.weight 0 : tensor<8x4xf32>
// CHECK: %[[P:.*]] = kernel.contract ins(%{{.*}}, %[[W]] : tensor<?x4xf32>, tensor<8x4xf32>) {{.*}}indexing_maps = [#[[A]], #[[B]]
// CHECK: linalg.generic {{.*}} ins(%[[P]]
func.func @gemm(%x: tensor<?x4xf32> {onnx.name = "x", onnx.dims = ["n", 4]}) -> (tensor<?x8xf32> {onnx.name = "y", onnx.dims = ["n", 8]})
    attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %w = kernel.weight 0 : tensor<8x4xf32>
  %b = kernel.weight 1 : tensor<8xf32>
  %0 = "onnx.Gemm"(%x, %w, %b) {transB = 1 : si64} : (tensor<?x4xf32>, tensor<8x4xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

// -----

// A stack of matrices times one matrix; integers are a reduction.
// CHECK-DAG: #[[S:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[M:.*]] = affine_map<(d0, d1, d2, d3) -> (d3, d2)>
// CHECK-LABEL: func.func @matmul
// CHECK: kernel.contract {{.*}}indexing_maps = [#[[S]], #[[M]]
// CHECK: linalg.generic {{.*}}"reduction"]
// CHECK: arith.muli
func.func @matmul(%a: tensor<5x3x4xf32>, %b: tensor<4x2xf32>, %i: tensor<3x3xi32>) -> (tensor<5x3x2xf32>, tensor<3x3xi32>) {
  %0 = "onnx.MatMul"(%a, %b) : (tensor<5x3x4xf32>, tensor<4x2xf32>) -> tensor<5x3x2xf32>
  %1 = "onnx.MatMul"(%i, %i) : (tensor<3x3xi32>, tensor<3x3xi32>) -> tensor<3x3xi32>
  return %0, %1 : tensor<5x3x2xf32>, tensor<3x3xi32>
}

// -----

// Channels-last with padding in the op, then back.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5, d6) -> (d0, d4, d1 * 2 + d5, d2 * 2 + d6)>
// CHECK-LABEL: func.func @conv
// CHECK: %[[C:.*]] = kernel.contract ins(%{{.*}}, %{{.*}} : tensor<1x3x9x9xf32>, tensor<8x3x3x3xf32>) extra(%{{.*}} : tensor<8xf32>) at({{.*}}) outs(%{{.*}} : tensor<1x5x5x8xf32>) {{.*}}indexing_maps = [#[[X]],{{.*}}padding = array<i64: -1, -1, 1, 1>
// CHECK: linalg.transpose ins(%[[C]] : tensor<1x5x5x8xf32>) {{.*}} permutation = [0, 3, 1, 2]
func.func @conv(%x: tensor<1x3x9x9xf32>) -> tensor<1x8x5x5xf32> {
  %w = kernel.weight 0 : tensor<8x3x3x3xf32>
  %b = kernel.weight 1 : tensor<8xf32>
  %0 = "onnx.Conv"(%x, %w, %b) {pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x3x9x9xf32>, tensor<8x3x3x3xf32>, tensor<8xf32>) -> tensor<1x8x5x5xf32>
  return %0 : tensor<1x8x5x5xf32>
}

// -----

// CHECK-LABEL: func.func @grouped
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2], [3]] output_shape [1, 2, 2, 9]
// CHECK: kernel.contract
// CHECK: tensor.collapse_shape
func.func @grouped(%x: tensor<1x4x9xf32>) -> tensor<1x6x7xf32> {
  %w = kernel.weight 0 : tensor<6x2x3xf32>
  %0 = "onnx.Conv"(%x, %w) {group = 2 : si64} : (tensor<1x4x9xf32>, tensor<6x2x3xf32>) -> tensor<1x6x7xf32>
  return %0 : tensor<1x6x7xf32>
}

// -----

// A kernel as long as the sequence: hardly an output has all taps inside, so that the border is written around the input, and rows are tiled.
// CHECK-LABEL: func.func @long_kernel
// CHECK: linalg.fill {{.*}} -> tensor<1x3x22xf32>
// CHECK: %[[P:.*]] = tensor.insert_slice %{{.*}} into %{{.*}}[0, 0, 5] [1, 3, 12] [1, 1, 1]
// CHECK: kernel.contract ins(%[[P]], %{{.*}} : tensor<1x3x22xf32>, tensor<8x3x11xf32>)
// CHECK-NOT: padding
// A short one: its border is not worth a copy.
// CHECK-LABEL: func.func @short_kernel
// CHECK-NOT: tensor.insert_slice
// CHECK: padding = array<i64: -1, -1, 2>
func.func @long_kernel(%x: tensor<1x3x12xf32>, %w: tensor<8x3x11xf32>) -> tensor<1x8x12xf32> {
  %0 = "onnx.Conv"(%x, %w) {pads = array<i64: 5, 5>} : (tensor<1x3x12xf32>, tensor<8x3x11xf32>) -> tensor<1x8x12xf32>
  return %0 : tensor<1x8x12xf32>
}
func.func @short_kernel(%x: tensor<1x3x12xf32>, %w: tensor<8x3x5xf32>) -> tensor<1x8x12xf32> {
  %0 = "onnx.Conv"(%x, %w) {pads = array<i64: 2, 2>} : (tensor<1x3x12xf32>, tensor<8x3x5xf32>) -> tensor<1x8x12xf32>
  return %0 : tensor<1x8x12xf32>
}
