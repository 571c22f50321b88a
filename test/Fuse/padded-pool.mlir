// RUN: motionc-opt %s --motion-fold-layouts --canonicalize | FileCheck %s

// A pool with padding after a convolution (channels-last, transposed back): the padding and the pool stay channels-last, and the one transpose
// that is left is the result's.
// CHECK-DAG: #[[X:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d2 * 2 + d4, d3 * 2 + d5, d1)>
// CHECK-LABEL: @net
// CHECK: %[[C:.*]] = kernel.contract
// CHECK-NOT: linalg.transpose
// CHECK: %[[F:.*]] = linalg.fill {{.*}} -> tensor<?x10x10x32xf32>
// CHECK: %[[P:.*]] = tensor.insert_slice %[[C]] into %[[F]][0, 1, 1, 0] [%{{.*}}, 8, 8, 32] [1, 1, 1, 1]
// CHECK-NOT: linalg.transpose
// CHECK: linalg.generic {indexing_maps = [#[[X]]{{.*}} ins(%[[P]]{{.*}} outs(%{{.*}} : tensor<?x4x4x32xf32>)
// CHECK: linalg.transpose {{.*}} permutation = [0, 3, 1, 2]
func.func @net(%x: tensor<?x3x8x8xf32>, %w: tensor<32x3x3x3xf32>, %n: index) -> tensor<?x32x4x4xf32> {
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
  %e2 = tensor.empty(%n) : tensor<?x32x10x10xf32>
  %f2 = linalg.fill ins(%low : f32) outs(%e2 : tensor<?x32x10x10xf32>) -> tensor<?x32x10x10xf32>
  %padded = tensor.insert_slice %t into %f2[0, 0, 1, 1] [%n, 32, 8, 8] [1, 1, 1, 1] : tensor<?x32x8x8xf32> into tensor<?x32x10x10xf32>
  %e3 = tensor.empty(%n) : tensor<?x32x4x4xf32>
  %f3 = linalg.fill ins(%low : f32) outs(%e3 : tensor<?x32x4x4xf32>) -> tensor<?x32x4x4xf32>
  %window = tensor.empty() : tensor<3x3xf32>
  %p = linalg.generic {indexing_maps = [affine_map<(b, c, h, w, i, j) -> (b, c, h * 2 + i, w * 2 + j)>, affine_map<(b, c, h, w, i, j) -> (i, j)>,
      affine_map<(b, c, h, w, i, j) -> (b, c, h, w)>], iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}
      ins(%padded, %window : tensor<?x32x10x10xf32>, tensor<3x3xf32>) outs(%f3 : tensor<?x32x4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.maximumf %a, %o : f32
    linalg.yield %m : f32
  } -> tensor<?x32x4x4xf32>
  return %p : tensor<?x32x4x4xf32>
}
