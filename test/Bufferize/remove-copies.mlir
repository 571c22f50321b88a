// RUN: motionc-opt %s --pass-pipeline='builtin.module(func.func(motion-remove-copies))' | FileCheck %s

// The result is written where it was copied to.
// CHECK-LABEL: func.func @output
// CHECK-NEXT:    linalg.fill ins(%arg0 : f32) outs(%arg1 : memref<8xf32>)
// CHECK-NEXT:    return
func.func @output(%f: f32, %out: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  linalg.fill ins(%f : f32) outs(%a : memref<8xf32>)
  memref.copy %a, %out : memref<8xf32> to memref<8xf32>
  return
}

// Somebody reads the output's buffer in between.
// CHECK-LABEL: func.func @read_between
// CHECK:         memref.copy %{{.*}}, %arg1
func.func @read_between(%f: f32, %out: memref<8xf32>, %other: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  linalg.fill ins(%f : f32) outs(%a : memref<8xf32>)
  memref.copy %out, %other : memref<8xf32> to memref<8xf32>
  memref.copy %a, %out : memref<8xf32> to memref<8xf32>
  return
}

// The buffer changes after the copy.
// CHECK-LABEL: func.func @changed_after
// CHECK:         memref.copy %{{.*}}, %arg1
func.func @changed_after(%f: f32, %out: memref<8xf32>, %other: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  linalg.fill ins(%f : f32) outs(%a : memref<8xf32>)
  memref.copy %a, %out : memref<8xf32> to memref<8xf32>
  memref.copy %other, %a : memref<8xf32> to memref<8xf32>
  memref.copy %a, %other : memref<8xf32> to memref<8xf32>
  return
}

// CHECK-LABEL: func.func @unread
// CHECK-NEXT:    return
func.func @unread(%f: f32) {
  %a = memref.alloc() : memref<8xf32>
  linalg.fill ins(%f : f32) outs(%a : memref<8xf32>)
  return
}
