// Buffers become bare pointers with their attributes, dimensions i64, explicit vectors LLVM vectors; nothing of other dialects is left.
// RUN: motionc-opt %s --motion-convert-to-llvm --canonicalize | FileCheck %s

// CHECK-LABEL: llvm.func @scale(%{{.*}}: !llvm.ptr {llvm.noalias}, %{{.*}}: i64, %{{.*}}: !llvm.ptr {llvm.noalias})
// CHECK: llvm.load %{{.*}} {alignment = 4 : i64} : !llvm.ptr -> vector<16xf32>
// CHECK: llvm.fmul %{{.*}} : vector<16xf32>
// CHECK: llvm.store %{{.*}} {alignment = 4 : i64} : vector<16xf32>, !llvm.ptr
// CHECK: llvm.return
// CHECK-LABEL: llvm.func @bools(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr)
// CHECK-NOT: memref
func.func @scale(%x: memref<f32> {llvm.noalias}, %n: index, %y: memref<f32> {llvm.noalias}) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %two = arith.constant dense<2.0> : vector<16xf32>
  %xs = memref.reinterpret_cast %x to offset: [0], sizes: [%n], strides: [1] : memref<f32> to memref<?xf32, strided<[1]>>
  %ys = memref.reinterpret_cast %y to offset: [0], sizes: [%n], strides: [1] : memref<f32> to memref<?xf32, strided<[1]>>
  scf.for %i = %c0 to %n step %c16 {
    %v = vector.load %xs[%i] : memref<?xf32, strided<[1]>>, vector<16xf32>
    %w = arith.mulf %v, %two : vector<16xf32>
    vector.store %w, %ys[%i] : memref<?xf32, strided<[1]>>, vector<16xf32>
  }
  return
}
func.func @bools(%x: memref<4xi1>, %y: memref<4xi1>) {
  %c0 = arith.constant 0 : index
  %v = memref.load %x[%c0] : memref<4xi1>
  memref.store %v, %y[%c0] : memref<4xi1>
  return
}

// Places in a flattened view are taken apart by divisions.
// CHECK-LABEL: llvm.func @places
// CHECK: llvm.sdiv
// CHECK: llvm.return
func.func @places(%n: index) -> index {
  %at:2 = affine.delinearize_index %n into (3, 5) : index, index
  %sum = arith.muli %at#0, %at#1 : index
  return %sum : index
}

// A load through a reshape: its index is computed.
// CHECK-LABEL: llvm.func @reshaped
// CHECK: llvm.load
// CHECK-NOT: affine
func.func @reshaped(%x: memref<6xf32>, %y: memref<f32>, %i: index, %j: index) {
  %e = memref.expand_shape %x [[0, 1]] output_shape [2, 3] : memref<6xf32> into memref<2x3xf32>
  %v = memref.load %e[%i, %j] : memref<2x3xf32>
  memref.store %v, %y[] : memref<f32>
  return
}

// CHECK-LABEL: llvm.func @strided
// CHECK: llvm.mlir.constant(dense<[0, 1, 2, 3]>
func.func @strided(%x: memref<64xf32>, %stride: index) -> vector<4xf32> {
  %c0 = arith.constant 0 : index
  %mask = arith.constant dense<true> : vector<4xi1>
  %zero = arith.constant dense<0.0> : vector<4xf32>
  %steps = vector.step : vector<4xindex>
  %strides = vector.broadcast %stride : index to vector<4xindex>
  %places = arith.muli %steps, %strides : vector<4xindex>
  %v = vector.gather %x[%c0] [%places], %mask, %zero : memref<64xf32>, vector<4xindex>, vector<4xi1>, vector<4xf32> into vector<4xf32>
  return %v : vector<4xf32>
}

// Two sizes that only the caller knows out of one.
// CHECK-LABEL: llvm.func @split
// CHECK-SAME: (%{{.*}}: !llvm.ptr, %{{.*}}: i64, %[[B:.*]]: i64, %[[I:.*]]: i64)
// CHECK: llvm.mul %[[I]], %[[B]]
// CHECK: llvm.intr.masked.gather
func.func @split(%x: memref<f32>, %a: index, %b: index, %i: index) -> vector<4xf32> {
  %c0 = arith.constant 0 : index
  %mask = arith.constant dense<true> : vector<4xi1>
  %zero = arith.constant dense<0.0> : vector<4xf32>
  %steps = vector.step : vector<4xindex>
  %n = arith.muli %a, %b : index
  %flat = memref.reinterpret_cast %x to offset: [0], sizes: [%n], strides: [1] : memref<f32> to memref<?xf32>
  %xs = memref.expand_shape %flat [[0, 1]] output_shape [%a, %b] : memref<?xf32> into memref<?x?xf32>
  %v = vector.gather %xs[%i, %c0] [%steps], %mask, %zero : memref<?x?xf32>, vector<4xindex>, vector<4xi1>, vector<4xf32> into vector<4xf32>
  return %v : vector<4xf32>
}
