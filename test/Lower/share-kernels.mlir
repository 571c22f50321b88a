// RUN: motionc-opt %s --motion-share-kernels | FileCheck %s

// The second kernel is the first one; the third one differs in a constant, the fourth one in an argument's attribute.
// CHECK-LABEL: func.func @m
// CHECK-NEXT:    call @m.a(%arg0)
// CHECK-NEXT:    call @m.a(%arg1)
// CHECK-NEXT:    call @m.c(%arg0)
// CHECK-NEXT:    call @m.d(%arg0)
// CHECK:       func.func private @m.a({{.*}} attributes {kernel.nodes = ["a"]}
// CHECK-NOT:   @m.b
// CHECK:       func.func private @m.c({{.*}} attributes {kernel.nodes = ["c"]}
// CHECK:       func.func private @m.d({{.*}} attributes {kernel.nodes = ["d"]}
func.func @m(%x: memref<f32>, %y: memref<f32>) {
  func.call @m.a(%x) : (memref<f32>) -> ()
  func.call @m.b(%y) : (memref<f32>) -> ()
  func.call @m.c(%x) : (memref<f32>) -> ()
  func.call @m.d(%x) : (memref<f32>) -> ()
  return
}
func.func private @m.a(%x: memref<f32>) attributes {kernel.nodes = ["a"]} {
  %one = arith.constant 1.0 : f32
  memref.store %one, %x[] : memref<f32>
  return
}
func.func private @m.b(%p: memref<f32>) attributes {kernel.nodes = ["b"]} {
  %one = arith.constant 1.0 : f32
  memref.store %one, %p[] : memref<f32>
  return
}
func.func private @m.c(%x: memref<f32>) attributes {kernel.nodes = ["c"]} {
  %two = arith.constant 2.0 : f32
  memref.store %two, %x[] : memref<f32>
  return
}
func.func private @m.d(%x: memref<f32> {llvm.align = 64 : i64}) attributes {kernel.nodes = ["d"]} {
  %one = arith.constant 1.0 : f32
  memref.store %one, %x[] : memref<f32>
  return
}
