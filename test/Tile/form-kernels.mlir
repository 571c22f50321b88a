// Slices for threads: borders from shapes alone, whole panels, no reduction cut, small ops left whole.
// RUN: motionc-opt %s --motion-form-kernels --canonicalize | FileCheck %s

// One panel each of the eight, and blocks of rows of unknown number: neighbouring slices have the same columns, since the last block of rows is smaller.
// CHECK-LABEL: @products
// CHECK: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (512, %{{.*}}) step (64, 42)
// CHECK: kernel.contract ins(%{{.*}}, %{{.*}} : tensor<?x512xf32>, tensor<1x512x64xf32>)
func.func @products(%x: tensor<?x512xf32>, %w: tensor<8x512x64xf32>, %e: tensor<?x512xf32>) -> tensor<?x512xf32> {
  %r = kernel.contract ins(%x, %w : tensor<?x512xf32>, tensor<8x512x64xf32>) outs(%e : tensor<?x512xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x512xf32>
  return %r : tensor<?x512xf32>
}

// Too little work for one row: blocks of as many rows as are worth a slice, in whole register tiles; the columns stay together.
// CHECK-LABEL: @many_rows
// CHECK: scf.forall (%{{.*}}) = (0) to (%{{.*}}) step (12)
// CHECK: kernel.contract ins(%{{.*}}, %{{.*}} : tensor<?x128xf32>, tensor<2x128x64xf32>)
func.func @many_rows(%x: tensor<?x128xf32>, %w: tensor<2x128x64xf32>, %e: tensor<?x128xf32>) -> tensor<?x128xf32> {
  %r = kernel.contract ins(%x, %w : tensor<?x128xf32>, tensor<2x128x64xf32>) outs(%e : tensor<?x128xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x128xf32>
  return %r : tensor<?x128xf32>
}

// Images one by one, rows of unknown number in each in blocks.
// CHECK-LABEL: @images
// CHECK: scf.forall (%{{.*}}, %{{.*}}, %{{.*}}) = (0, 0, 0) to (%{{.*}}, 512, %{{.*}}) step (1, 64, 42)
func.func @images(%x: tensor<?x?x512xf32>, %w: tensor<8x512x64xf32>, %e: tensor<?x?x512xf32>) -> tensor<?x?x512xf32> {
  %r = kernel.contract ins(%x, %w : tensor<?x?x512xf32>, tensor<8x512x64xf32>) outs(%e : tensor<?x?x512xf32>)
      attributes {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (n floordiv 64, k, n mod 64)>,
                                   affine_map<(b, m, n, k) -> (b, m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x?x512xf32>
  return %r : tensor<?x?x512xf32>
}

// The rows are cut, their sums are not.
// CHECK-LABEL: @row_sums
// CHECK: scf.forall (%{{.*}}) = (0) to (64) step (8)
// CHECK: linalg.generic {{.*}} ins(%{{.*}} : tensor<8x4096xf32>) outs(%{{.*}} : tensor<8xf32>)
func.func @row_sums(%x: tensor<64x4096xf32>, %e: tensor<64xf32>) -> tensor<64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x4096xf32>) outs(%e : tensor<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %in, %out : f32
    linalg.yield %s : f32
  } -> tensor<64xf32>
  return %r : tensor<64xf32>
}

// CHECK-LABEL: @small
// CHECK-NOT: scf.forall
func.func @small(%x: tensor<16x16xf32>, %e: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<16x16xf32>) outs(%e : tensor<16x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %n = arith.negf %in : f32
    linalg.yield %n : f32
  } -> tensor<16x16xf32>
  return %r : tensor<16x16xf32>
}

// The steps of a loop have slices too.
// CHECK-LABEL: @steps
// CHECK: scf.for
// CHECK: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (512, %{{.*}}) step (64, 42)
func.func @steps(%x: tensor<?x512xf32>, %w: tensor<8x512x64xf32>, %e: tensor<?x512xf32>, %n: index) -> tensor<?x512xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> tensor<?x512xf32> {
    %y = kernel.contract ins(%h, %w : tensor<?x512xf32>, tensor<8x512x64xf32>) outs(%e : tensor<?x512xf32>)
        attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (m, n)>]} {
    ^bb0(%acc: f32):
      kernel.yield %acc : f32
    } -> tensor<?x512xf32>
    scf.yield %y : tensor<?x512xf32>
  }
  return %r : tensor<?x512xf32>
}
