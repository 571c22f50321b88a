// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// Constant steps upwards are a view.
// CHECK-LABEL: func.func @slice
// CHECK: tensor.extract_slice %{{.*}}[1, 0] [2, 4] [2, 1] : tensor<8x4xf32> to tensor<2x4xf32>
// CHECK-NOT: linalg.generic
func.func @slice(%x: tensor<8x4xf32> {onnx.name = "x"}) -> (tensor<2x4xf32> {onnx.name = "y"}) {
  %starts = "onnx.Constant"() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %ends = "onnx.Constant"() {value = dense<-4> : tensor<1xi64>} : () -> tensor<1xi64>
  %axes = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %steps = "onnx.Constant"() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Slice"(%x, %starts, %ends, %axes, %steps) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<8x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

// Of a dimension of the model, which is at least 1, all but the last.
// CHECK-LABEL: func.func @symbolic
// CHECK: %[[N:.*]] = affine.apply
// CHECK-NOT: arith.maxsi
// CHECK: tensor.extract_slice %{{.*}}[1] [%[[N]]] [1] : tensor<?xf32> to tensor<?xf32>
func.func @symbolic(%x: tensor<?xf32> {onnx.name = "x", onnx.dims = ["n"]}) -> (tensor<?xf32> {onnx.name = "y", onnx.dims = ["n - 1"]}) attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %starts = "onnx.Constant"() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %ends = "onnx.Constant"() {value = dense<9223372036854775807> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Slice"(%x, %starts, %ends) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<?xf32>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// Downwards: by place, and never outside.
// CHECK-LABEL: func.func @reversed
// CHECK: linalg.generic
// CHECK: linalg.index 0
// CHECK: arith.minsi
// CHECK: arith.maxsi
// CHECK: tensor.extract
func.func @reversed(%x: tensor<8xf32> {onnx.name = "x"}) -> (tensor<8xf32> {onnx.name = "y"}) {
  %starts = "onnx.Constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %ends = "onnx.Constant"() {value = dense<-9223372036854775807> : tensor<1xi64>} : () -> tensor<1xi64>
  %axes = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %steps = "onnx.Constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Slice"(%x, %starts, %ends, %axes, %steps) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<8xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// -----

// Parts are views; together they are inserted into one tensor.
// CHECK-LABEL: func.func @split_concat
// CHECK: %[[A:.*]] = tensor.extract_slice %{{.*}}[0, 0] [2, 2] [1, 1]
// CHECK: %[[B:.*]] = tensor.extract_slice %{{.*}}[0, 2] [2, 1] [1, 1]
// CHECK: %[[E:.*]] = tensor.empty() : tensor<2x3xf32>
// CHECK: %[[I:.*]] = tensor.insert_slice %[[B]] into %[[E]][0, 0] [2, 1] [1, 1]
// CHECK: tensor.insert_slice %[[A]] into %[[I]][0, 1] [2, 2] [1, 1]
func.func @split_concat(%x: tensor<2x3xf32> {onnx.name = "x"}) -> (tensor<2x3xf32> {onnx.name = "y"}) {
  %a, %b = "onnx.Split"(%x) {axis = 1 : si64, num_outputs = 2 : si64} : (tensor<2x3xf32>) -> (tensor<2x2xf32>, tensor<2x1xf32>)
  %0 = "onnx.Concat"(%b, %a) {axis = -1 : si64} : (tensor<2x1xf32>, tensor<2x2xf32>) -> tensor<2x3xf32>
  return %0 : tensor<2x3xf32>
}

// -----

// A dimension that is not cut keeps its size, also where the step of another one is downwards: Concat can tell.
// CHECK-LABEL: func.func @untouched
// CHECK-SAME: %[[BATCH:[a-z0-9]+]]: index {onnx.dim = "batch"}
// CHECK: tensor.empty(%[[BATCH]]) : tensor<?x3xf32>
// CHECK: tensor.empty(%[[BATCH]]) : tensor<?x8xf32>
func.func @untouched(%x: tensor<?x5xf32> {onnx.name = "x", onnx.dims = ["batch", 5]}) -> (tensor<?x8xf32> {onnx.name = "y", onnx.dims = ["batch", 8]}) attributes {onnx.dims = [{name = "batch", min = 1, max = 64}]} {
  %starts = "onnx.Constant"() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  %ends = "onnx.Constant"() {value = dense<-6> : tensor<1xi64>} : () -> tensor<1xi64>
  %axes = "onnx.Constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %steps = "onnx.Constant"() {value = dense<-2> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Slice"(%x, %starts, %ends, %axes, %steps) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<?x5xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x3xf32>
  %1 = "onnx.Concat"(%x, %0) {axis = 1 : si64} : (tensor<?x5xf32>, tensor<?x3xf32>) -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// -----

// The first %t rows of a table of 32 beside %t others: no %t above 32 is right, and that becomes its bound.
// CHECK-LABEL: func.func @positions
// CHECK-SAME: onnx.dims = [{max = 32 : i64, min = 1 : i64, name = "t"}]
// CHECK: tensor.extract_slice
func.func @positions(%x: tensor<?x4xf32> {onnx.dims = ["t", 4]}, %table: tensor<32x4xf32> {onnx.dims = [32, 4]}, %more: tensor<32x4xf32> {onnx.dims = [32, 4]})
    -> tensor<?x4xf32> attributes {onnx.dims = [{name = "t", min = 1 : i64, max = 64 : i64}]} {
  %zero = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %t = "onnx.Shape"(%x) {end = 1 : si64} : (tensor<?x4xf32>) -> tensor<1xi64>
  %0 = "onnx.Slice"(%table, %zero, %t, %zero) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<32x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x4xf32>
  %1 = "onnx.Slice"(%more, %zero, %t, %zero) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<32x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x4xf32>
  %2 = "onnx.Add"(%0, %1) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  %3 = "onnx.Add"(%2, %x) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %3 : tensor<?x4xf32>
}

// -----

// What a padded convolution makes longer and a slice cuts again has the size that it had: nothing is asked in the run.
// CHECK-LABEL: func.func @chomp
// CHECK-NOT: arith.m{{ax|in}}si
// CHECK: tensor.extract_slice %{{.*}}[0, 0, 0] [1, 2, %{{.*}}] [1, 1, 1]
func.func @chomp(%x: tensor<1x2x?xf32> {onnx.dims = [1, 2, "t"]}, %w: tensor<2x2x3xf32> {onnx.dims = [2, 2, 3]}) -> tensor<1x2x?xf32>
    attributes {onnx.dims = [{name = "t", min = 1 : i64, max = 64 : i64}]} {
  %zero = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %two = "onnx.Constant"() {value = dense<2> : tensor<1xi64>} : () -> tensor<1xi64>
  %cut = "onnx.Constant"() {value = dense<-4> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Conv"(%x, %w) {dilations = array<i64: 2>, pads = array<i64: 4, 4>} : (tensor<1x2x?xf32>, tensor<2x2x3xf32>) -> tensor<1x2x?xf32>
  %1 = "onnx.Slice"(%0, %zero, %cut, %two) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<1x2x?xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<1x2x?xf32>
  %2 = "onnx.Add"(%1, %x) : (tensor<1x2x?xf32>, tensor<1x2x?xf32>) -> tensor<1x2x?xf32>
  return %2 : tensor<1x2x?xf32>
}

// -----

// A causal mask cut to what is there: all rows up to the last one, from the first of them; 512 is the bound of what both sides make equal.
// CHECK-LABEL: func.func @mask
// CHECK-SAME: onnx.dims = [{max = 512 : i64, min = 1 : i64, name = "t"}]
// CHECK-NOT: arith.maxsi
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [%[[N:.*]], 512] [1, 1]
// CHECK-NOT: arith.maxsi
// CHECK: tensor.extract_slice %{{.*}}[0, 0] [%[[N]], %[[N]]] [1, 1]
func.func @mask(%x: tensor<?x?xf32> {onnx.dims = ["t", "t"]}, %table: tensor<512x512xf32> {onnx.dims = [512, 512]}) -> tensor<?x?xf32>
    attributes {onnx.dims = [{name = "t", min = 1 : i64, max = 4096 : i64}]} {
  %zero = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %one = "onnx.Constant"() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %t = "onnx.Shape"(%x) {end = 1 : si64} : (tensor<?x?xf32>) -> tensor<1xi64>
  %none = "onnx.Sub"(%t, %t) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %0 = "onnx.Slice"(%table, %none, %t, %zero) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<512x512xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x512xf32>
  %1 = "onnx.Slice"(%0, %zero, %t, %one) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<?x512xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?x?xf32>
  %2 = "onnx.Add"(%1, %x) : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %2 : tensor<?x?xf32>
}
