// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// What an exporter writes for x.view(x.size(0), -1, 4): no integer tensor is left.
// CHECK-LABEL: func.func @view
// CHECK-NOT: from_elements
// CHECK: tensor.expand_shape %{{.*}} {{\[\[}}0], [1, 2]] output_shape [%{{.*}}, 3, 4] : tensor<?x12xf32> into tensor<?x3x4xf32>
// CHECK-NOT: from_elements
func.func @view(%x: tensor<?x12xf32> {onnx.name = "x", onnx.dims = ["n", 12]}) -> (tensor<?x3x4xf32> {onnx.name = "y", onnx.dims = ["n", 3, 4]})
    attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %zero = "onnx.Constant"() {value = dense<0> : tensor<i64>} : () -> tensor<i64>
  %axes = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %rest = "onnx.Constant"() {value = dense<[-1, 4]> : tensor<2xi64>} : () -> tensor<2xi64>
  %s = "onnx.Shape"(%x) : (tensor<?x12xf32>) -> tensor<2xi64>
  %n = "onnx.Gather"(%s, %zero) : (tensor<2xi64>, tensor<i64>) -> tensor<i64>
  %u = "onnx.Unsqueeze"(%n, %axes) : (tensor<i64>, tensor<1xi64>) -> tensor<1xi64>
  %c = "onnx.Concat"(%u, %rest) {axis = 0 : si64} : (tensor<1xi64>, tensor<2xi64>) -> tensor<3xi64>
  %0 = "onnx.Reshape"(%x, %c) : (tensor<?x12xf32>, tensor<3xi64>) -> tensor<?x3x4xf32>
  return %0 : tensor<?x3x4xf32>
}

// -----

// What Attention computes from the numbers of heads, 6 and 2 here: each of the second kind serves 6 / 2 of the first.
// CHECK-LABEL: func.func @heads
// CHECK-NOT: arith.remsi
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<2x3x4xf32>)
func.func @heads(%q: tensor<6x4xf32>, %k: tensor<2x1x4xf32>, %w: tensor<4x5xf32>) -> tensor<2x3x5xf32> {
  %one = "onnx.Constant"() {value = dense<1> : tensor<1xi64>} : () -> tensor<1xi64>
  %zero = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %heads = "onnx.Shape"(%q) {end = 1 : si64} : (tensor<6x4xf32>) -> tensor<1xi64>
  %groups = "onnx.Shape"(%k) {end = 1 : si64} : (tensor<2x1x4xf32>) -> tensor<1xi64>
  %size = "onnx.Shape"(%k) {start = 2 : si64} : (tensor<2x1x4xf32>) -> tensor<1xi64>
  %same = "onnx.Equal"(%heads, %groups) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi1>
  %different = "onnx.Not"(%same) : (tensor<1xi1>) -> tensor<1xi1>
  %each = "onnx.Div"(%heads, %groups) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %rest = "onnx.Mod"(%heads, %groups) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %even = "onnx.Equal"(%rest, %zero) : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi1>
  %grouped = "onnx.And"(%different, %even) : (tensor<1xi1>, tensor<1xi1>) -> tensor<1xi1>
  %repeated = "onnx.Where"(%grouped, %each, %one) : (tensor<1xi1>, tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %shape = "onnx.Concat"(%groups, %repeated, %size) {axis = 0 : si64} : (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<3xi64>
  %0 = "onnx.Expand"(%k, %shape) : (tensor<2x1x4xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
  %1 = "onnx.MatMul"(%0, %w) : (tensor<?x?x?xf32>, tensor<4x5xf32>) -> tensor<2x3x5xf32>
  return %1 : tensor<2x3x5xf32>
}

// -----

// What an exporter writes for F.pad(x, (1, 2, 3, 4)): pairs of left and right, the last dimension's first, turned round and taken apart.
// CHECK-LABEL: func.func @pad
// CHECK-NOT: from_elements
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 0, 3, 1] [%{{.*}}, 3, 5, 6] [1, 1, 1, 1] : tensor<?x3x5x6xf32> into tensor<?x3x12x9xf32>
func.func @pad(%x: tensor<?x3x5x6xf32> {onnx.dims = ["n", 3, 5, 6]}) -> tensor<?x?x?x?xf32> attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %four = "onnx.Constant"() {value = dense<4> : tensor<1xi64>} : () -> tensor<1xi64>
  %given = "onnx.Constant"() {value = dense<[1, 2, 3, 4]> : tensor<4xi64>} : () -> tensor<4xi64>
  %pairs = "onnx.Constant"() {value = dense<[-1, 2]> : tensor<2xi64>} : () -> tensor<2xi64>
  %last = "onnx.Constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %first = "onnx.Constant"() {value = dense<-9223372036854775807> : tensor<1xi64>} : () -> tensor<1xi64>
  %axis = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %zeros = "onnx.ConstantOfShape"(%four) {value = dense<0> : tensor<1xi64>} : (tensor<1xi64>) -> tensor<4xi64>
  %all = "onnx.Concat"(%given, %zeros) {axis = 0 : si64} : (tensor<4xi64>, tensor<4xi64>) -> tensor<8xi64>
  %table = "onnx.Reshape"(%all, %pairs) : (tensor<8xi64>, tensor<2xi64>) -> tensor<4x2xi64>
  %turned = "onnx.Slice"(%table, %last, %first, %axis, %last) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<4x2xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4x2xi64>
  %sides = "onnx.Transpose"(%turned) {perm = array<i64: 1, 0>} : (tensor<4x2xi64>) -> tensor<2x4xi64>
  %flat = "onnx.Reshape"(%sides, %last) : (tensor<2x4xi64>, tensor<1xi64>) -> tensor<8xi64>
  %pads = "onnx.Cast"(%flat) {to = 7 : si64} : (tensor<8xi64>) -> tensor<8xi64>
  %0 = "onnx.Pad"(%x, %pads) {operandSegmentSizes = array<i32: 1, 1, 0, 0>, mode = "constant"} : (tensor<?x3x5x6xf32>, tensor<8xi64>) -> tensor<?x?x?x?xf32>
  return %0 : tensor<?x?x?x?xf32>
}
