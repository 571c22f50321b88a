// RUN: motionc-opt %s --motion-linalg --split-input-file --verify-diagnostics | FileCheck %s

// A condition known when compiling leaves one branch; else_branch is the first region.
// CHECK-LABEL: func.func @known
// CHECK-NOT: math.exp
// CHECK: math.sqrt
func.func @known(%x: tensor<3xf32>) -> tensor<3xf32> {
  %c = "onnx.Constant"() {value = dense<true> : tensor<i1>} : () -> tensor<i1>
  %0 = "onnx.If"(%c) ({
    %1 = "onnx.Exp"(%x) : (tensor<3xf32>) -> tensor<3xf32>
    "onnx.Yield"(%1) : (tensor<3xf32>) -> ()
  }, {
    %1 = "onnx.Sqrt"(%x) : (tensor<3xf32>) -> tensor<3xf32>
    "onnx.Yield"(%1) : (tensor<3xf32>) -> ()
  }) : (tensor<i1>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// CHECK-LABEL: func.func @unknown
// CHECK-DAG: math.sqrt
// CHECK-DAG: math.exp
// CHECK-DAG: %[[TAKEN:.*]] = tensor.extract
// CHECK: arith.select %[[TAKEN]]
func.func @unknown(%x: tensor<3xf32>, %c: tensor<i1>) -> tensor<3xf32> {
  %0 = "onnx.If"(%c) ({
    %1 = "onnx.Exp"(%x) : (tensor<3xf32>) -> tensor<3xf32>
    "onnx.Yield"(%1) : (tensor<3xf32>) -> ()
  }, {
    %1 = "onnx.Sqrt"(%x) : (tensor<3xf32>) -> tensor<3xf32>
    "onnx.Yield"(%1) : (tensor<3xf32>) -> ()
  }) : (tensor<i1>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// Two iterations; the value of each goes into one row of the scan output.
// CHECK-LABEL: func.func @loop
// CHECK: %[[A:.*]] = linalg.generic
// CHECK: math.exp
// CHECK: %[[B:.*]] = linalg.generic {{.*}} ins(%[[A]]
// CHECK: math.exp
// CHECK-NOT: math.exp
// CHECK-DAG: tensor.insert_slice %[[A]] into %{{.*}}[0, 0] [1, 3] [1, 1] : tensor<3xf32> into tensor<2x3xf32>
// CHECK-DAG: tensor.insert_slice %[[B]] into %{{.*}}[1, 0] [1, 3] [1, 1] : tensor<3xf32> into tensor<2x3xf32>
func.func @loop(%x: tensor<3xf32>) -> (tensor<3xf32>, tensor<2x3xf32>) {
  %two = "onnx.Constant"() {value = dense<2> : tensor<i64>} : () -> tensor<i64>
  %0, %1 = "onnx.Loop"(%two, %x) ({
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<3xf32>):
    %2 = "onnx.Exp"(%v) : (tensor<3xf32>) -> tensor<3xf32>
    "onnx.Yield"(%go, %2, %2) : (tensor<i1>, tensor<3xf32>, tensor<3xf32>) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 1>} : (tensor<i64>, tensor<3xf32>) -> (tensor<3xf32>, tensor<2x3xf32>)
  return %0, %1 : tensor<3xf32>, tensor<2x3xf32>
}

// -----

// Rows in reverse.
// CHECK-LABEL: func.func @scan
// CHECK: tensor.extract_slice %{{.*}}[1, 0] [1, 3] [1, 1] : tensor<2x3xf32> to tensor<3xf32>
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [1, 3] [1, 1] : tensor<2x3xf32> to tensor<3xf32>
func.func @scan(%s: tensor<3xf32>, %x: tensor<2x3xf32>) -> tensor<3xf32> {
  %0 = "onnx.Scan"(%s, %x) ({
  ^bb0(%state: tensor<3xf32>, %row: tensor<3xf32>):
    %1 = "onnx.Add"(%state, %row) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    "onnx.Yield"(%1) : (tensor<3xf32>) -> ()
  }) {num_scan_inputs = 1 : si64, scan_input_directions = array<i64: 1>} : (tensor<3xf32>, tensor<2x3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}

// -----

// The declared result tells how often the loop runs.
// CHECK-LABEL: func.func @declared
// CHECK-COUNT-2: arith.addf
// CHECK-NOT: arith.addf
// CHECK: tensor.insert_slice {{.*}} into tensor<2x3xf32>
func.func @declared(%x: tensor<3xf32>, %n: tensor<i64>, %c: tensor<i1>) -> tensor<2x3xf32> {
  %0, %1 = "onnx.Loop"(%n, %c, %x) ({
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<3xf32>):
    %2 = "onnx.Add"(%v, %x) : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
    "onnx.Yield"(%go, %2, %2) : (tensor<i1>, tensor<3xf32>, tensor<3xf32>) -> ()
  }) {operandSegmentSizes = array<i32: 1, 1, 1>} : (tensor<i64>, tensor<i1>, tensor<3xf32>) -> (tensor<3xf32>, tensor<2x3xf32>)
  return %1 : tensor<2x3xf32>
}

// -----

func.func @endless(%x: tensor<3xf32>, %n: tensor<i64>) -> tensor<3xf32> {
  // expected-error @+1 {{Loop: expected a loop whose number of iterations is known when compiling and at most 64}}
  %0 = "onnx.Loop"(%n, %x) ({
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %v: tensor<3xf32>):
    "onnx.Yield"(%go, %v) : (tensor<i1>, tensor<3xf32>) -> ()
  }) {operandSegmentSizes = array<i32: 1, 0, 1>} : (tensor<i64>, tensor<3xf32>) -> tensor<3xf32>
  return %0 : tensor<3xf32>
}
