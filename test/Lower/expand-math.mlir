// Operations of the math dialect become arithmetic, on scalars and on vectors: no call of a library is left.
// RUN: motionc-opt %s --motion-expand-math | FileCheck %s

// CHECK-LABEL: @vectors
// CHECK-NOT: math.exp
// CHECK-NOT: math.tanh
// CHECK: vector<16xf32>
// CHECK: return
func.func @vectors(%x: vector<16xf32>) -> vector<16xf32> {
  %a = math.exp %x : vector<16xf32>
  %b = math.tanh %a : vector<16xf32>
  return %b : vector<16xf32>
}

// CHECK-LABEL: @scalars
// CHECK-NOT: math.log
// CHECK-NOT: call @log
// CHECK: return
func.func @scalars(%x: f32) -> f32 {
  %a = math.log %x : f32
  return %a : f32
}
