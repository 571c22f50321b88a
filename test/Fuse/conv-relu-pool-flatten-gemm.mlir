// RUN: motionc-opt %s --motion-fold-layouts --motion-fuse-epilogues --motion-fuse-elementwise --canonicalize | FileCheck %s

// Convolution (channels-last, transposed back), bias + ReLU, max pool, flatten, Linear: no transpose is left, the bias and the ReLU are the
// epilogue, the pool stays channels-last, and the flattening is three reductions.
// CHECK-DAG: #[[A:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d0, d3, d4, d2)>
// CHECK-DAG: #[[B:.*]] = affine_map<(d0, d1, d2, d3, d4) -> (d1, d2, d3, d4)>
// CHECK-LABEL: @net
// CHECK-NOT: linalg.transpose
// CHECK: %[[C:.*]] = kernel.contract {{.*}} extra(%{{.*}} : tensor<32xf32>)
// CHECK: arith.maximumf
// CHECK: linalg.generic
// CHECK-SAME: ins(%[[C]]
// CHECK: kernel.contract
// CHECK-SAME: indexing_maps = [#[[A]], #[[B]]
// CHECK-NOT: linalg.transpose
func.func @net(%x: tensor<?x3x8x8xf32>, %w: tensor<32x3x3x3xf32>, %bias: tensor<32xf32>, %v: tensor<10x512xf32>, %n: index) -> tensor<?x10xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %e0 = tensor.empty(%n) : tensor<?x8x8x32xf32>
  %c = kernel.contract ins(%x, %w : tensor<?x3x8x8xf32>, tensor<32x3x3x3xf32>) outs(%e0 : tensor<?x8x8x32xf32>)
      attributes {indexing_maps = [affine_map<(b, h, w, n, c, i, j) -> (b, c, h + i, w + j)>, affine_map<(b, h, w, n, c, i, j) -> (n, c, i, j)>,
                                   affine_map<(b, h, w, n, c, i, j) -> (b, h, w, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x8x8x32xf32>
  %e1 = tensor.empty(%n) : tensor<?x32x8x8xf32>
  %t = linalg.transpose ins(%c : tensor<?x8x8x32xf32>) outs(%e1 : tensor<?x32x8x8xf32>) permutation = [0, 3, 1, 2]
  %e2 = tensor.empty(%n) : tensor<?x32x8x8xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(b, c, h, w) -> (b, c, h, w)>, affine_map<(b, c, h, w) -> (c)>, affine_map<(b, c, h, w) -> (b, c, h, w)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%t, %bias : tensor<?x32x8x8xf32>, tensor<32xf32>) outs(%e2 : tensor<?x32x8x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    %m = arith.maximumf %s, %zero : f32
    linalg.yield %m : f32
  } -> tensor<?x32x8x8xf32>
  %e3 = tensor.empty(%n) : tensor<?x32x4x4xf32>
  %f3 = linalg.fill ins(%low : f32) outs(%e3 : tensor<?x32x4x4xf32>) -> tensor<?x32x4x4xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(b, c, h, w, i, j) -> (b, c, h * 2 + i, w * 2 + j)>, affine_map<(b, c, h, w, i, j) -> (i, j)>,
      affine_map<(b, c, h, w, i, j) -> (b, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%r, %window : tensor<?x32x8x8xf32>, tensor<2x2xf32>) outs(%f3 : tensor<?x32x4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.maximumf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<?x32x4x4xf32>
  %flat = tensor.collapse_shape %p [[0], [1, 2, 3]] : tensor<?x32x4x4xf32> into tensor<?x512xf32>
  %e4 = tensor.empty(%n) : tensor<?x10xf32>
  %y = kernel.contract ins(%flat, %v : tensor<?x512xf32>, tensor<10x512xf32>) outs(%e4 : tensor<?x10xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x10xf32>
  return %y : tensor<?x10xf32>
}
