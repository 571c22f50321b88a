// RUN: not motionc-opt %s --motion-linalg --split-input-file 2>&1 | FileCheck %s

// What the caller may make shorter than what it is read beside.
// CHECK: error: loc("norm"): expected dimensions that are equal, found 3 and 'k': give them the same name or fix them with --dim
func.func @norm(%x: tensor<1x3x8xf32> {onnx.dims = [1, 3, 8]}, %s: tensor<?xf32> {onnx.dims = ["k"]}, %b: tensor<3xf32> {onnx.dims = [3]}) -> tensor<1x3x8xf32>
    attributes {onnx.dims = [{name = "k", min = 1, max = 64}]} {
  %0 = "onnx.InstanceNormalization"(%x, %s, %b) : (tensor<1x3x8xf32>, tensor<?xf32>, tensor<3xf32>) -> tensor<1x3x8xf32> loc("norm")
  return %0 : tensor<1x3x8xf32>
}

// -----

// CHECK: error: loc("reshape"): expected dimensions that are equal, found what follows from other dimensions and 24: give them the same name
func.func @reshape(%x: tensor<?x4xf32> {onnx.dims = ["n", 4]}) -> tensor<2x12xf32> attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %s = "onnx.Constant"() {value = dense<[2, 12]> : tensor<2xi64>} : () -> tensor<2xi64>
  %0 = "onnx.Reshape"(%x, %s) : (tensor<?x4xf32>, tensor<2xi64>) -> tensor<2x12xf32> loc("reshape")
  return %0 : tensor<2x12xf32>
}

// -----

// CHECK: error: loc("conv"): Conv: expected a bias of 2 elements, found tensor<?xf32>
func.func @conv(%x: tensor<1x1x8xf32> {onnx.dims = [1, 1, 8]}, %w: tensor<2x1x3xf32> {onnx.dims = [2, 1, 3]}, %b: tensor<?xf32> {onnx.dims = ["k"]}) -> tensor<1x2x6xf32>
    attributes {onnx.dims = [{name = "k", min = 1, max = 64}]} {
  %0 = "onnx.Conv"(%x, %w, %b) : (tensor<1x1x8xf32>, tensor<2x1x3xf32>, tensor<?xf32>) -> tensor<1x2x6xf32> loc("conv")
  return %0 : tensor<1x2x6xf32>
}

// -----

// CHECK: error: loc("transposed"): ConvTranspose: expected a bias of 2 elements, found tensor<?xf32>
func.func @transposed(%x: tensor<1x1x8xf32> {onnx.dims = [1, 1, 8]}, %w: tensor<1x2x3xf32> {onnx.dims = [1, 2, 3]}, %b: tensor<?xf32> {onnx.dims = ["k"]})
    -> tensor<1x2x10xf32> attributes {onnx.dims = [{name = "k", min = 1, max = 64}]} {
  %0 = "onnx.ConvTranspose"(%x, %w, %b) : (tensor<1x1x8xf32>, tensor<1x2x3xf32>, tensor<?xf32>) -> tensor<1x2x10xf32> loc("transposed")
  return %0 : tensor<1x2x10xf32>
}

// -----

// CHECK: error: loc("regions"): RoiAlign: expected one batch index per region, found tensor<?xi64> for tensor<5x4xf32>
func.func @regions(%x: tensor<2x1x8x8xf32> {onnx.dims = [2, 1, 8, 8]}, %r: tensor<5x4xf32> {onnx.dims = [5, 4]}, %b: tensor<?xi64> {onnx.dims = ["k"]})
    -> tensor<5x1x1x1xf32> attributes {onnx.dims = [{name = "k", min = 1, max = 64}]} {
  %0 = "onnx.RoiAlign"(%x, %r, %b) : (tensor<2x1x8x8xf32>, tensor<5x4xf32>, tensor<?xi64>) -> tensor<5x1x1x1xf32> loc("regions")
  return %0 : tensor<5x1x1x1xf32>
}

// -----

// One element would be unpooled to none.
// CHECK: error: loc("unpool"): MaxUnpool: expected data and indices of one shape, and a window that fits kernel_shape, strides and pads
func.func @unpool(%x: tensor<1x1x?xf32> {onnx.dims = [1, 1, "n"]}, %i: tensor<1x1x?xi64> {onnx.dims = [1, 1, "n"]}) -> tensor<1x1x?xf32>
    attributes {onnx.dims = [{name = "n", min = 1, max = 64}]} {
  %0 = "onnx.MaxUnpool"(%x, %i) {kernel_shape = array<i64: 2>, strides = array<i64: 2>, pads = array<i64: 1, 1>}
    : (tensor<1x1x?xf32>, tensor<1x1x?xi64>) -> tensor<1x1x?xf32> loc("unpool")
  return %0 : tensor<1x1x?xf32>
}
