// RUN: motionc-opt %s --motion-vectorize-linalg --cse --canonicalize | FileCheck %s
// RUN: motionc-opt %s --motion-vectorize-linalg=vector-bits=256 | FileCheck %s --check-prefix=HALF
// RUN: not motionc-opt %s --motion-vectorize-linalg=vector-bits=100 2>&1 | FileCheck %s --check-prefix=BITS
// BITS: expected vector-bits 256 or 512, found 100

// Rows collapse to one loop.
// CHECK-LABEL: @relu
// CHECK: scf.for %{{.*}} = %c0 to %c128 step %c16
// CHECK-NEXT: vector.load {{.*}} vector<16xf32>
// CHECK-NEXT: arith.maximumf
// CHECK-NEXT: vector.store
// CHECK-NOT: scf.for
// HALF-LABEL: @relu
// HALF: vector.load {{.*}} vector<8xf32>
func.func @relu(%x: memref<8x16xf32>, %y: memref<8x16xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<8x16xf32>) outs(%y : memref<8x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %z = arith.constant 0.0 : f32
    %r = arith.maximumf %a, %z : f32
    linalg.yield %r : f32
  }
  return
}

// Symbolic rows collapse too; the tail stands under a condition.
// CHECK-LABEL: @copy
// CHECK: %[[N:.*]] = arith.muli %arg2, %arg3
// CHECK: scf.for
// CHECK-NOT: scf.for
// CHECK: scf.if
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
func.func @copy(%p: memref<f32>, %q: memref<f32>, %m: index, %n: index) {
  %x = memref.reinterpret_cast %p to offset: [0], sizes: [%m, %n], strides: [%n, 1] : memref<f32> to memref<?x?xf32, strided<[?, 1]>>
  %y = memref.reinterpret_cast %q to offset: [0], sizes: [%m, %n], strides: [%n, 1] : memref<f32> to memref<?x?xf32, strided<[?, 1]>>
  memref.copy %x, %y : memref<?x?xf32, strided<[?, 1]>> to memref<?x?xf32, strided<[?, 1]>>
  return
}

// A maximum of rows: four accumulators, a shuffle tree, no vector.reduction.
// CHECK-LABEL: @rows
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-NOT: vector.reduction
// CHECK-COUNT-8: vector.shuffle
// CHECK: memref.store
func.func @rows(%x: memref<8x256xf32>, %y: memref<8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<8x256xf32>) outs(%y : memref<8xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.maximumf %a, %o : f32
    linalg.yield %s : f32
  }
  return
}

// A row that is the same for all lanes makes the load contiguous.
// CHECK-LABEL: @gather
// CHECK: memref.load {{.*}}xi64
// CHECK: scf.for
// CHECK: vector.load {{.*}} memref<11x64xf32>, vector<16xf32>
func.func @gather(%t: memref<11x64xf32>, %ids: memref<6xi64>, %y: memref<6x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : memref<6xi64>) outs(%y : memref<6x64xf32>) {
  ^bb0(%id: i64, %o: f32):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %r = memref.load %t[%row, %column] : memref<11x64xf32>
    linalg.yield %r : f32
  }
  return
}

// A transpose: squares of 16 vectors, four rounds of shuffles.
// CHECK-LABEL: @transpose
// CHECK-COUNT-16: vector.load
// CHECK-COUNT-64: vector.shuffle
// CHECK-COUNT-16: vector.store
// CHECK-NOT: memref.load
func.func @transpose(%x: memref<64x32xf32>, %y: memref<32x64xf32>) {
  linalg.transpose ins(%x : memref<64x32xf32>) outs(%y : memref<32x64xf32>) permutation = [1, 0]
  return
}
