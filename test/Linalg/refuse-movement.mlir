// RUN: not motionc-opt %s --motion-linalg 2>&1 | FileCheck %s

// CHECK: error: loc("slice"): Slice: expected steps other than 0, found 0
// CHECK: error: loc("split"): Split: expected 2 parts that make up 4, found [3, 3]
// CHECK: error: loc("pad"): Pad: expected two pads for each of the axes, their number known, found another number
// CHECK: error: loc("mode"): Pad: expected mode constant, reflect, edge or wrap, found mirror
// CHECK: error: loc("gather"): Gather: expected a tensor with elements to read from, found tensor<0xf32>
// CHECK: error: loc("column"): Gather: expected indices of -4 to 3, found 9
// CHECK: error: loc("elements"): GatherElements: expected indices of -4 to 3, found 4
// CHECK: error: loc("place"): GatherND: expected indices of -4 to 3, found -5
// CHECK: error: loc("scatter"): ScatterND: expected reduction none, add, mul, max or min, found avg
// CHECK: error: loc("written"): ScatterND: expected indices of -4 to 3, found 9
// CHECK: error: loc("replaced"): ScatterElements: expected indices of -4 to 3, found 4
// CHECK: error: loc("topk"): TopK: expected a constant K up to the size of axis 1, which is constant too, found 9 for tensor<4x4xf32>
// CHECK: error: loc("compress"): Compress: expected a result whose sizes the model declares, found tensor<?x4xf32>, of which data decides
func.func @refused(%x: tensor<4x4xf32>, %i: tensor<1xi64>, %e: tensor<0xf32>, %j: tensor<1x1xi64>, %u: tensor<1x4xf32>) -> tensor<4x4xf32> {
  %0 = "onnx.Constant"() {value = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %3 = "onnx.Constant"() {value = dense<3> : tensor<2xi64>} : () -> tensor<2xi64>
  %9 = "onnx.Constant"() {value = dense<9> : tensor<1xi64>} : () -> tensor<1xi64>
  %a = "onnx.Slice"(%x, %0, %9, %0, %0) {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (tensor<4x4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4x4xf32> loc("slice")
  %b:2 = "onnx.Split"(%x, %3) : (tensor<4x4xf32>, tensor<2xi64>) -> (tensor<3x4xf32>, tensor<3x4xf32>) loc("split")
  %c = "onnx.Pad"(%x, %3) {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<4x4xf32>, tensor<2xi64>) -> tensor<4x4xf32> loc("pad")
  %p = "onnx.Constant"() {value = dense<1> : tensor<4xi64>} : () -> tensor<4xi64>
  %d = "onnx.Pad"(%x, %p) {mode = "mirror", operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<4x4xf32>, tensor<4xi64>) -> tensor<6x6xf32> loc("mode")
  %f = "onnx.Gather"(%e, %i) : (tensor<0xf32>, tensor<1xi64>) -> tensor<1xf32> loc("gather")
  %n = "onnx.Constant"() {value = dense<[[0, 3, -4, 4]]> : tensor<1x4xi64>} : () -> tensor<1x4xi64>
  %o = "onnx.Constant"() {value = dense<[[3, 0], [0, -5]]> : tensor<2x2xi64>} : () -> tensor<2x2xi64>
  %q = "onnx.Gather"(%x, %9) {axis = 1 : si64} : (tensor<4x4xf32>, tensor<1xi64>) -> tensor<4x1xf32> loc("column")
  %r = "onnx.GatherElements"(%x, %n) : (tensor<4x4xf32>, tensor<1x4xi64>) -> tensor<1x4xf32> loc("elements")
  %s = "onnx.GatherND"(%x, %o) : (tensor<4x4xf32>, tensor<2x2xi64>) -> tensor<2xf32> loc("place")
  %g = "onnx.ScatterND"(%x, %j, %u) {reduction = "avg"} : (tensor<4x4xf32>, tensor<1x1xi64>, tensor<1x4xf32>) -> tensor<4x4xf32> loc("scatter")
  %m = "onnx.Constant"() {value = dense<9> : tensor<1x1xi64>} : () -> tensor<1x1xi64>
  %v = "onnx.ScatterND"(%x, %m, %u) : (tensor<4x4xf32>, tensor<1x1xi64>, tensor<1x4xf32>) -> tensor<4x4xf32> loc("written")
  %w = "onnx.ScatterElements"(%x, %n, %u) : (tensor<4x4xf32>, tensor<1x4xi64>, tensor<1x4xf32>) -> tensor<4x4xf32> loc("replaced")
  %h, %k = "onnx.TopK"(%x, %9) : (tensor<4x4xf32>, tensor<1xi64>) -> (tensor<4x9xf32>, tensor<4x9xi64>) loc("topk")
  %c4 = "onnx.Constant"() {value = dense<true> : tensor<4xi1>} : () -> tensor<4xi1>
  %l = "onnx.Compress"(%x, %c4) {axis = 0 : si64} : (tensor<4x4xf32>, tensor<4xi1>) -> tensor<?x4xf32> loc("compress")
  return %a : tensor<4x4xf32>
}
