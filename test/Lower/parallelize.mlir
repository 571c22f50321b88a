// RUN: motionc-opt %s --motion-parallelize-kernels=threads=4 --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// Kernels of tiles are forked one by one where the host has several threads, with no more tasks than tiles; the host hears the kernel's number in the
// description. The single kernel runs on the calling thread.
// CHECK-LABEL: func.func @m(
// CHECK-SAME:    %[[X:.*]]: memref<f32>, %[[TILES:.*]]: index, %{{.*}}, %[[WS:.*]]: memref<i8> {kernel.workspace}, %[[HOST:.*]]: memref<i8> {kernel.host})
// CHECK-DAG:     %[[THREADS:.*]] = scf.if %{{.*}} -> (index)
// CHECK-DAG:     %[[RECORD:.*]] = memref.alloca() {alignment = 64 : i64} : memref<320xi8>
// CHECK:         %[[TASKS:.*]] = arith.minui %[[THREADS]], %[[TILES]]
// CHECK:         %[[MANY:.*]] = arith.cmpi ugt, %[[TASKS]], %c1
// CHECK:         scf.if %[[MANY]] {
// CHECK-COUNT-5:   memref.store
// CHECK:           %[[COUNT:.*]] = arith.index_cast %[[TASKS]] : index to i32
// CHECK:           func.call @motion_fork(%[[HOST]], %c0_i32, %[[COUNT]], %{{.*}}, %{{.*}})
// CHECK:         } else {
// CHECK:           func.call @m.a(%[[X]], %{{.*}}, %c0, %[[TILES]])
// CHECK:         call @m.b(
// CHECK:         arith.minui %[[THREADS]], %c10
// CHECK:           func.call @motion_fork(%[[HOST]], %c2_i32,
// CHECK:         } else {
// CHECK:           func.call @m.a(%{{.*}}, %{{.*}}, %c0, %c10)

// A task takes its run of the tiles, and its own scratch: as many bytes after the first as its number says. One function serves all calls of a kernel.
// CHECK:       func.func private @m.a.task(%{{.*}}: memref<i8>, %[[NUMBER:.*]]: i32)
// CHECK-COUNT-2: memref.load {{.*}} : memref<memref<
// CHECK:         %[[ALL:.*]] = memref.load {{.*}} : memref<index>
// CHECK:         %[[OF:.*]] = memref.load {{.*}} : memref<index>
// CHECK:         %[[TASK:.*]] = arith.index_castui %[[NUMBER]]
// CHECK:         %[[SHIFT:.*]] = arith.muli %[[TASK]], %{{.*}}
// CHECK:         %[[SCRATCH:.*]] = memref.view %{{.*}}[%[[SHIFT]]][] : memref<?xi8> to memref<i8>
// CHECK:         %[[FROM:.*]] = arith.muli %[[ALL]], %[[TASK]]
// CHECK:         %[[LO:.*]] = arith.divui %[[FROM]], %[[OF]]
// CHECK:         %[[HI:.*]] = arith.divui %{{.*}}, %[[OF]]
// CHECK:         call @m.a(%{{.*}}, %[[SCRATCH]], %[[LO]], %[[HI]])
// CHECK-NOT:     @m.a.task_
// CHECK:       func.func @m.constants(%{{.*}}: memref<f32>) {
func.func @m(%x: memref<f32>, %tiles: index, %constants: memref<i8>, %ws: memref<i8> {kernel.workspace}) {
  %c0 = arith.constant 0 : index
  %c10 = arith.constant 10 : index
  %c256 = arith.constant 256 : index
  %b = memref.reinterpret_cast %ws to offset: [0], sizes: [1280], strides: [1] : memref<i8> to memref<1280xi8>
  %v = memref.view %b[%c256][] {kernel.scratch} : memref<1280xi8> to memref<256xi8>
  %s = memref.reinterpret_cast %v to offset: [0], sizes: [], strides: [] : memref<256xi8> to memref<i8>
  func.call @m.a(%x, %s, %c0, %tiles) : (memref<f32>, memref<i8>, index, index) -> ()
  func.call @m.b(%x) : (memref<f32>) -> ()
  func.call @m.a(%x, %s, %c0, %c10) : (memref<f32>, memref<i8>, index, index) -> ()
  return
}
func.func private @m.a(memref<f32>, memref<i8> {kernel.scratch}, index, index) attributes {kernel.nodes = ["a"], kernel.tiles}
func.func private @m.b(memref<f32>) attributes {kernel.nodes = ["b"]}
func.func @m.constants(%x: memref<f32>) {
  return
}

// -----

// A model without kernels of several tiles takes the host and does not use it.
// CHECK-LABEL: func.func @serial(
// CHECK-SAME:    %{{.*}}: memref<i8> {kernel.host})
// CHECK-NEXT:    call @serial.a
// CHECK-NEXT:    return
func.func @serial(%x: memref<f32>, %ws: memref<i8> {kernel.workspace}) {
  func.call @serial.a(%x) : (memref<f32>) -> ()
  return
}
func.func private @serial.a(memref<f32>)

// -----

// In a loop: the record is made once.
// CHECK-LABEL: func.func @loop(
// CHECK:         memref.alloca
// CHECK:         scf.for
// CHECK-NOT:       memref.alloca
// CHECK:           func.call @motion_fork(
// CHECK:           func.call @loop.a(
// CHECK:         return
func.func @loop(%x: memref<f32>, %n: index, %ws: memref<i8> {kernel.workspace}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    func.call @loop.a(%x, %c0, %n) : (memref<f32>, index, index) -> ()
  }
  return
}
func.func private @loop.a(memref<f32>, index, index) attributes {kernel.tiles}

// -----

func.func @no_scratch(%x: memref<f32>, %n: index, %ws: memref<i8> {kernel.workspace}) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{expected scratch to be a view of the workspace for every task}}
  func.call @no_scratch.a(%x, %ws, %c0, %n) : (memref<f32>, memref<i8>, index, index) -> ()
  return
}
func.func private @no_scratch.a(memref<f32>, memref<i8> {kernel.scratch}, index, index) attributes {kernel.tiles}
