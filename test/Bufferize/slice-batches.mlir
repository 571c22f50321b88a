// RUN: motionc-opt %s --pass-pipeline='builtin.module(func.func(motion-slice-batches{cache-bytes=4096},canonicalize))' --split-input-file | FileCheck %s

// Two ops with a buffer of 1 KB an element between them: slices of 2 elements, the buffer holds one slice.
// CHECK-LABEL: func.func @chain
// CHECK-SAME: (%[[X:.*]]: memref<?x256xf32>, %[[Y:.*]]: memref<?x256xf32>, %[[N:.*]]: index)
// CHECK: %[[A:.*]] = memref.alloc() : memref<2x256xf32>
// CHECK-NOT: memref.alloc
// CHECK: scf.for %[[I:.*]] = %c0 to %{{.*}} step %c2
// CHECK: %[[M:.*]] = affine.min
// CHECK: memref.subview %{{.*}}[%[[I]], 0] [%[[M]], 256]
// CHECK: memref.subview %[[A]][0, 0] [%[[M]], 256]
// CHECK: math.exp
// CHECK: math.tanh
func.func @chain(%x: memref<?x256xf32>, %y: memref<?x256xf32>, %n: index) {
  %xb = memref.reinterpret_cast %x to offset: [0], sizes: [%n, 256], strides: [256, 1] : memref<?x256xf32> to memref<?x256xf32>
  %yb = memref.reinterpret_cast %y to offset: [0], sizes: [%n, 256], strides: [256, 1] : memref<?x256xf32> to memref<?x256xf32>
  %a = memref.alloc(%n) : memref<?x256xf32>
  linalg.generic {indexing_maps = [affine_map<(b, i) -> (b, i)>, affine_map<(b, i) -> (b, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%xb : memref<?x256xf32>) outs(%a : memref<?x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(b, i) -> (b, i)>, affine_map<(b, i) -> (b, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<?x256xf32>) outs(%yb : memref<?x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.tanh %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

// The second op mixes the elements of the batch (it reads the transpose): no slices.
// CHECK-LABEL: func.func @mixed
// CHECK-NOT: scf.for
func.func @mixed(%x: memref<256x256xf32>, %y: memref<256x256xf32>) {
  %a = memref.alloc() : memref<256x256xf32>
  linalg.generic {indexing_maps = [affine_map<(b, i) -> (b, i)>, affine_map<(b, i) -> (b, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<256x256xf32>) outs(%a : memref<256x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.exp %in : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(b, i) -> (i, b)>, affine_map<(b, i) -> (b, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<256x256xf32>) outs(%y : memref<256x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.tanh %in : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

// Weights of 64 KB would come again for every slice.
// CHECK-LABEL: func.func @weights
// CHECK-NOT: scf.for
func.func @weights(%x: memref<?x128xf32>, %w: memref<2x128x64xf32>, %y: memref<?x128xf32>, %n: index) {
  %xb = memref.reinterpret_cast %x to offset: [0], sizes: [%n, 128], strides: [128, 1] : memref<?x128xf32> to memref<?x128xf32>
  %yb = memref.reinterpret_cast %y to offset: [0], sizes: [%n, 128], strides: [128, 1] : memref<?x128xf32> to memref<?x128xf32>
  %a = memref.alloc(%n) : memref<?x128xf32>
  kernel.contract ins(%xb, %w : memref<?x128xf32>, memref<2x128x64xf32>) outs(%a : memref<?x128xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  kernel.contract ins(%a, %w : memref<?x128xf32>, memref<2x128x64xf32>) outs(%yb : memref<?x128xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>, affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  }
  return
}

// -----

// The place in the batch is part of the result: no slices.
// CHECK-LABEL: func.func @places
// CHECK-NOT: scf.for
func.func @places(%x: memref<256x256xf32>, %y: memref<256x256xf32>) {
  %a = memref.alloc() : memref<256x256xf32>
  linalg.generic {indexing_maps = [affine_map<(b, i) -> (b, i)>, affine_map<(b, i) -> (b, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<256x256xf32>) outs(%a : memref<256x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %b = linalg.index 0 : index
    %i = arith.index_cast %b : index to i32
    %f = arith.sitofp %i : i32 to f32
    %0 = arith.addf %in, %f : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [affine_map<(b, i) -> (b, i)>, affine_map<(b, i) -> (b, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : memref<256x256xf32>) outs(%y : memref<256x256xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.tanh %in : f32
    linalg.yield %0 : f32
  }
  return
}
