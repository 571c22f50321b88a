// RUN: motionc-opt %s --motion-parallelize-kernels=threads=4 --canonicalize --cse --split-input-file --verify-diagnostics | FileCheck %s

// The host hears the kernel's number in the description. Kernels of tiles are shared, with a barrier in front of what reads their results; the single kernel is task 0's.
// CHECK-LABEL: func.func @m(
// CHECK-SAME:    %[[X:.*]]: memref<f32>, %[[TILES:.*]]: index, %{{.*}}, %[[WS:.*]]: memref<i8> {kernel.workspace}, %[[HOST:.*]]: memref<i8> {kernel.host})
// CHECK:         %[[FLAG:.*]] = scf.if %{{.*}} -> (i1)
// CHECK:         scf.if %[[FLAG]] {
// CHECK:           func.call @motion_fork(%[[HOST]], %c0_i32,
// CHECK:         } else {
// CHECK:           scf.if
// CHECK:             func.call @motion_fork(%[[HOST]], %c0_i32,
// CHECK:           } else {
// CHECK:             func.call @m.a(%{{.*}}, %{{.*}}, %c0, %[[TILES]])
// CHECK:           func.call @m.b(
// CHECK:           scf.if
// CHECK:             func.call @motion_fork(%[[HOST]], %c2_i32,
// CHECK:           } else {
// CHECK:             func.call @m.c(%{{.*}}, %{{.*}}, %c0, %c10)

// CHECK:       func.func private @m.task(%[[RECORD:.*]]: memref<i8>, %[[NUMBER:.*]]: i32)
// CHECK-DAG:     %[[TASK:.*]] = arith.index_castui %[[NUMBER]]
// CHECK-DAG:     %[[ISFIRST:.*]] = arith.cmpi eq, %[[TASK]], %c0
// CHECK-DAG:     %[[ALL:.*]] = arith.cmpi eq, %{{.*}}, %c-1
// CHECK:         memref.view {{.*}} {kernel.scratch}
// CHECK:         %[[SHARED:.*]] = arith.cmpi uge, %[[T:.*]], %c2
// CHECK:         %[[FROM:.*]] = arith.muli %[[T]], %[[TASK]]
// CHECK:         arith.divui %[[FROM]], %[[TASKS:[a-z_0-9]*]]
// CHECK:         func.call @m.a(
// CHECK:         %[[NEEDED:.*]] = arith.andi %[[SHARED]], %[[ALL]]
// CHECK:         scf.if %[[NEEDED]] {
// CHECK:           func.call @motion_barrier(
// CHECK:         %[[MINE:.*]] = arith.andi %[[ISFIRST]], %[[ALL]]
// CHECK:         scf.if %[[MINE]] {
// CHECK:           func.call @m.b(
// The second kernel has ten tiles, whatever comes: it waits without asking.
// CHECK:         scf.if %[[ALL]] {
// CHECK:           func.call @motion_barrier(
// CHECK:         func.call @m.c(
// CHECK:         return
// CHECK-DAG:   func.func private @motion_barrier(memref<i8>, i32)
// CHECK-DAG:   func.func private @motion_fork(memref<i8>, i32, i32, (memref<i8>, i32) -> (), memref<i8>)
func.func @m(%x: memref<f32>, %tiles: index, %constants: memref<i8>, %ws: memref<i8> {kernel.workspace}) attributes {kernel.reserved = 256 : i64} {
  %c0 = arith.constant 0 : index
  %c10 = arith.constant 10 : index
  %c256 = arith.constant 256 : index
  %b = memref.reinterpret_cast %ws to offset: [0], sizes: [1280], strides: [1] : memref<i8> to memref<1280xi8>
  %v = memref.view %b[%c256][] {kernel.scratch} : memref<1280xi8> to memref<256xi8>
  %s = memref.reinterpret_cast %v to offset: [0], sizes: [], strides: [] : memref<256xi8> to memref<i8>
  func.call @m.a(%x, %s, %c0, %tiles) : (memref<f32>, memref<i8>, index, index) -> ()
  func.call @m.b(%x) : (memref<f32>) -> ()
  func.call @m.c(%x, %s, %c0, %c10) : (memref<f32>, memref<i8>, index, index) -> ()
  return
}
func.func private @m.a(memref<f32>, memref<i8> {kernel.scratch}, index, index) attributes {kernel.nodes = ["a"], kernel.tiles}
func.func private @m.b(memref<f32>) attributes {kernel.nodes = ["b"]}
func.func private @m.c(memref<f32>, memref<i8> {kernel.scratch}, index, index) attributes {kernel.nodes = ["c"], kernel.tiles}
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

// In a loop: every task runs the loop, a barrier ends each iteration; no fork of single kernels.
// CHECK-LABEL: func.func @loop(
// CHECK-COUNT-1: func.call @motion_fork(
// CHECK-NOT:     motion_fork
// CHECK:       func.func private @loop.task(
// CHECK:         scf.for
// CHECK:           func.call @loop.a(
// CHECK:           func.call @motion_barrier(
// CHECK:         }
// CHECK:         return
func.func @loop(%x: memref<f32>, %n: index, %ws: memref<i8> {kernel.workspace}) attributes {kernel.reserved = 256 : i64} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    func.call @loop.a(%x, %c0, %n) : (memref<f32>, index, index) -> ()
  }
  return
}
func.func private @loop.a(memref<f32>, index, index) attributes {kernel.tiles}

// -----

// expected-error @+1 {{expected a workspace with room for a barrier}}
func.func @no_room(%x: memref<f32>, %n: index, %ws: memref<i8> {kernel.workspace}) {
  %c0 = arith.constant 0 : index
  func.call @no_room.a(%x, %c0, %n) : (memref<f32>, index, index) -> ()
  return
}
func.func private @no_room.a(memref<f32>, index, index) attributes {kernel.tiles}
