// RUN: motionc-opt %s --motion-emit-contract=vector-bits=512 --canonicalize --cse | FileCheck %s
// RUN: motionc-opt %s --motion-emit-contract=vector-bits=256 --canonicalize --cse | FileCheck %s --check-prefix=AVX2

// Rows of unknown number: tiles of 6 rows and 4 vectors, and a variant for each remainder. One row has two sets of accumulators. Two panels are streamed
// at a time to one or two rows; to more rows one after the other, by the same code.
// CHECK-LABEL: @gemm
// CHECK: scf.for {{.*}} = %c0 to %c2 step %c1 {
// CHECK: scf.for {{.*}} step %c6
// CHECK-COUNT-24: vector.fma
// CHECK: scf.index_switch
// CHECK: case 1
// CHECK: case 5
// CHECK-NEXT: scf.for {{.*}} = %c0 to %c2 step %c1 {
// CHECK-NOT: case 6
// CHECK: vector.maskedstore
// AVX2-LABEL: @gemm
// AVX2: vector<8xf32>
func.func @gemm(%x: memref<?x132xf32>, %w: memref<4x132x64xf32>, %b: memref<250xf32>, %y: memref<?x250xf32>) {
  kernel.contract ins(%x, %w : memref<?x132xf32>, memref<4x132x64xf32>) extra(%b : memref<250xf32>) outs(%y : memref<?x250xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (n)>,
                                   affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32, %bb: f32):
    %s = arith.addf %acc, %bb : f32
    kernel.yield %s : f32
  }
  return
}

// An overlapping view in channels-last form: taps and channels are one loop of 480, 202 rows are 30 tiles of 6 and 4 ... in equal parts, no remainder.
// CHECK-LABEL: @conv1d
// CHECK: scf.for {{.*}} to %c480
// CHECK-NOT: scf.index_switch
func.func @conv1d(%x: memref<?x216x32xf32>, %w: memref<1x15x32x64xf32>, %y: memref<?x202x64xf32>) {
  kernel.contract ins(%x, %w : memref<?x216x32xf32>, memref<1x15x32x64xf32>) outs(%y : memref<?x202x64xf32>)
      attributes {indexing_maps = [affine_map<(b, t, n, c, k) -> (b, t + k, c)>, affine_map<(b, t, n, c, k) -> (n floordiv 64, k, c, n mod 64)>,
                                   affine_map<(b, t, n, c, k) -> (b, t, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// Padding: the loop over kernel rows is clamped, border columns come one by one, the inner columns have all taps.
// CHECK-LABEL: @padded
// CHECK: arith.maxsi
// CHECK: arith.minsi
func.func @padded(%x: memref<?x14x14x32xf32>, %w: memref<1x5x5x32x64xf32>, %y: memref<?x14x14x64xf32>) {
  %c0 = arith.constant 0 : index
  kernel.contract ins(%x, %w : memref<?x14x14x32xf32>, memref<1x5x5x32x64xf32>) at(%c0, %c0, %c0, %c0) outs(%y : memref<?x14x14x64xf32>)
      attributes {indexing_maps = [affine_map<(b, h, w, n, c, i, j) -> (b, h + i, w + j, c)>, affine_map<(b, h, w, n, c, i, j) -> (n floordiv 64, i, j, c, n mod 64)>,
                                   affine_map<(b, h, w, n, c, i, j) -> (b, h, w, n)>], padding = array<i64: -1, 2, 2, -1>} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// One row and one column: the batch has stride 1 everywhere, in a too, so the lanes are the one column and the batch is a loop of its own.
// CHECK-LABEL: @one_column
// CHECK: scf.for {{.*}} = %c0 to %[[BATCH:.*]] step %c1
// CHECK: vector.maskedstore
func.func @one_column(%x: memref<?x1x1xf32>, %w: memref<?x1x1xf32>, %y: memref<?x1x1xf32>) {
  kernel.contract ins(%x, %w : memref<?x1x1xf32>, memref<?x1x1xf32>) outs(%y : memref<?x1x1xf32>)
      attributes {indexing_maps = [affine_map<(b, m, n, k) -> (b, k, m)>, affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// A long sum: part after part once a's rows outgrow the cache (29 of them), with the sums so far in the output; else all parts of one tile at once.
// Tiles of two of a panel's four vectors ask for the next panel.
// CHECK-LABEL: @long_sum
// CHECK: %[[MANY:.*]] = arith.cmpi sgt, %{{.*}}, %c29
// CHECK: scf.if %[[MANY]]
// CHECK: %[[FIRST:.*]] = arith.cmpi eq, %[[PART:.*]], %c0
// CHECK: %[[LAST:.*]] = arith.cmpi eq, %[[PART]], %c4088
// CHECK: arith.select %[[FIRST]]
// CHECK: scf.if %[[LAST]]
// CHECK-NOT: memref.prefetch
// CHECK: return
// AVX2-LABEL: @long_sum
// AVX2: memref.prefetch %{{.*}}, read, locality<2>
func.func @long_sum(%x: memref<?x4380xf32>, %w: memref<8x4380x64xf32>, %b: memref<512xf32>, %y: memref<?x512xf32>) {
  kernel.contract ins(%x, %w : memref<?x4380xf32>, memref<8x4380x64xf32>) extra(%b : memref<512xf32>) outs(%y : memref<?x512xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (n)>,
                                   affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32, %bb: f32):
    %s = arith.addf %acc, %bb : f32
    kernel.yield %s : f32
  }
  return
}

// Sums never wait in the output's buffer where a residual is: another part of the same buffer is as good as the same.
// CHECK-LABEL: @long_residual
// CHECK-NOT: arith.cmpi sgt
// CHECK: return
func.func @long_residual(%x: memref<?x4380xf32>, %w: memref<8x4380x64xf32>, %r: memref<?x512xf32>, %rows: index) {
  %y = memref.subview %r[0, 0] [%rows, 512] [1, 1] : memref<?x512xf32> to memref<?x512xf32, strided<[512, 1]>>
  kernel.contract ins(%x, %w : memref<?x4380xf32>, memref<8x4380x64xf32>) extra(%r : memref<?x512xf32>) outs(%y : memref<?x512xf32, strided<[512, 1]>>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (m, n)>,
                                   affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32, %rr: f32):
    %s = arith.addf %acc, %rr : f32
    kernel.yield %s : f32
  }
  return
}

// One row of what may be mostly zeros: where a fifth or more are, a list of the other steps, 16 at a time, and only those for all panels; panels that
// outgrow the cache are asked for ahead. Otherwise, and for several rows, every step.
// CHECK-LABEL: @zeros
// CHECK: %[[LIST:.*]] = memref.alloca() {alignment = 64 : i64} : memref<1040xi16>
// CHECK: %[[ONE:.*]] = arith.cmpi eq, %{{.*}}, %c1
// CHECK: %[[MANY:.*]] = scf.if %[[ONE]] -> (i1) {
// CHECK:   %[[SUMS:.*]] = scf.for {{.*}} to %c1024 step %c16 iter_args
// CHECK:     arith.cmpf une
// CHECK:   %[[COUNT:.*]] = vector.reduction <add>, %[[SUMS]]
// CHECK:   arith.cmpi sle, %{{.*}}, %c820
// CHECK: scf.if %[[MANY]] {
// CHECK:   %[[STEPS:.*]] = scf.for {{.*}} to %c1024 step %c16 iter_args
// CHECK:     llvm.call_intrinsic "llvm.experimental.vector.compress"
// CHECK:   scf.for {{.*}} to %c8 step %c2
// CHECK:     scf.for {{.*}} to %[[STEPS]] step %c1
// CHECK:       memref.load %[[LIST]]
// CHECK-COUNT-8: memref.prefetch
// CHECK-COUNT-8: vector.fma
// CHECK-NOT:     vector.fma
// CHECK: } else {
// CHECK: scf.index_switch
// AVX2-LABEL: @zeros
// AVX2: memref.alloca() {alignment = 64 : i64} : memref<1032xi16>
// AVX2-NOT: vector.compress
// AVX2: %[[PLACE:.*]] = scf.for {{.*}} to %c1024 step %c8 iter_args(%[[N:.*]] = %c0) -> (index) {
// AVX2-COUNT-8: memref.store {{.*}} : memref<1032xi16>
// AVX2: scf.for {{.*}} to %[[PLACE]] step %c1
func.func @zeros(%x: memref<?x1024xf32>, %w: memref<8x1024x64xf32>, %y: memref<?x512xf32>) {
  kernel.contract ins(%x, %w : memref<?x1024xf32>, memref<8x1024x64xf32>) outs(%y : memref<?x512xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (m, n)>],
                  skip_zeros} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// The reduction of a flattened image is one loop, too long for one list: eight of 3168 steps.
// CHECK-LABEL: @zeros_of_image
// CHECK: memref.alloca() {alignment = 64 : i64} : memref<3184xi16>
// CHECK: to %c25344 step %c16
// CHECK: scf.for {{.*}} to %c25344 step %c3168
// CHECK: llvm.call_intrinsic "llvm.experimental.vector.compress"
func.func @zeros_of_image(%x: memref<?x198x128xf32>, %w: memref<4x198x128x64xf32>, %y: memref<?x256xf32>) {
  kernel.contract ins(%x, %w : memref<?x198x128xf32>, memref<4x198x128x64xf32>) outs(%y : memref<?x256xf32>)
      attributes {indexing_maps = [affine_map<(m, n, t, c) -> (m, t, c)>, affine_map<(m, n, t, c) -> (n floordiv 64, t, c, n mod 64)>,
                                   affine_map<(m, n, t, c) -> (m, n)>], skip_zeros} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// A mask is bytes in memory, whole vectors of which are compared: a vector of bits would be loaded from an eighth of them.
// CHECK-LABEL: @masked
// CHECK: %[[M:.*]] = vector.load %{{.*}} : memref<?xi8>, vector<16xi8>
// CHECK: %[[C:.*]] = arith.cmpi ne, %[[M]], %{{.*}} : vector<16xi8>
// CHECK: arith.select %[[C]]
func.func @masked(%x: memref<4x32xf32>, %w: memref<1x32x64xf32>, %m: memref<4x64xi1>, %y: memref<4x64xf32>) {
  kernel.contract ins(%x, %w : memref<4x32xf32>, memref<1x32x64xf32>) extra(%m : memref<4x64xi1>) outs(%y : memref<4x64xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (m, n)>,
                                   affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32, %mm: i1):
    %zero = arith.constant 0.0 : f32
    %s = arith.select %mm, %acc, %zero : f32
    kernel.yield %s : f32
  }
  return
}
