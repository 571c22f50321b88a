// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// Four neighbours, each read inside and counted as 0 where it does not exist.
// CHECK-LABEL: func.func @grid
// CHECK-COUNT-4: tensor.extract %{{.*}} : tensor<1x2x4x4xf32>
// CHECK-NOT: tensor.extract
func.func @grid(%x: tensor<1x2x4x4xf32> {onnx.name = "x"}, %g: tensor<1x3x3x2xf32> {onnx.name = "g"}) -> (tensor<1x2x3x3xf32> {onnx.name = "y"}) {
  %0 = "onnx.GridSample"(%x, %g) : (tensor<1x2x4x4xf32>, tensor<1x3x3x2xf32>) -> tensor<1x2x3x3xf32>
  return %0 : tensor<1x2x3x3xf32>
}

// -----

// Sums over the elements of a block; only whole columns count.
// CHECK-LABEL: func.func @columns
// CHECK: scf.for %{{.*}} = %c0 to %c4
// CHECK: tensor.extract %{{.*}} : tensor<1x4x9xf32>
// CHECK: arith.addf
func.func @columns(%x: tensor<1x4x9xf32> {onnx.name = "x"}) -> (tensor<1x1x4x4xf32> {onnx.name = "y"}) {
  %image = "onnx.Constant"() {value = dense<4> : tensor<2xi64>} : () -> tensor<2xi64>
  %block = "onnx.Constant"() {value = dense<2> : tensor<2xi64>} : () -> tensor<2xi64>
  %0 = "onnx.Col2Im"(%x, %image, %block) : (tensor<1x4x9xf32>, tensor<2xi64>, tensor<2xi64>) -> tensor<1x1x4x4xf32>
  return %0 : tensor<1x1x4x4xf32>
}

// -----

// Points from the middle of the first element to that of the last, mapped by six numbers per batch.
// CHECK-LABEL: func.func @affine
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<2x5x6x2xf32>)
// CHECK-COUNT-3: tensor.extract %{{.*}} : tensor<2x2x3xf32>
// CHECK-NOT: tensor.extract
func.func @affine(%theta: tensor<2x2x3xf32>, %size: tensor<4xi64>) -> tensor<2x5x6x2xf32> {
  %0 = "onnx.AffineGrid"(%theta, %size) : (tensor<2x2x3xf32>, tensor<4xi64>) -> tensor<2x5x6x2xf32>
  return %0 : tensor<2x5x6x2xf32>
}

// -----

// A loop over a bin's samples, each between four elements.
// CHECK-LABEL: func.func @regions
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<3x2x5x5xf32>)
// CHECK: scf.for
// CHECK-COUNT-4: tensor.extract %{{.*}} : tensor<1x2x9x9xf32>
// CHECK-NOT: tensor.extract
// CHECK: scf.yield
// CHECK: arith.divf
func.func @regions(%x: tensor<1x2x9x9xf32>, %rois: tensor<3x4xf32>, %batches: tensor<3xi64>) -> tensor<3x2x5x5xf32> {
  %0 = "onnx.RoiAlign"(%x, %rois, %batches) {output_height = 5 : si64, output_width = 5 : si64}
    : (tensor<1x2x9x9xf32>, tensor<3x4xf32>, tensor<3xi64>) -> tensor<3x2x5x5xf32>
  return %0 : tensor<3x2x5x5xf32>
}

// -----

// What the windows see is gathered, and contracted with the weights like any matrix.
// CHECK-LABEL: func.func @deformed
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<1x2x2x2x4x4xf32>)
// CHECK-COUNT-4: tensor.extract %{{.*}} : tensor<1x2x5x5xf32>
// CHECK: kernel.contract
func.func @deformed(%x: tensor<1x2x5x5xf32>, %w: tensor<3x2x2x2xf32>, %offset: tensor<1x8x4x4xf32>) -> tensor<1x3x4x4xf32> {
  %0 = "onnx.DeformConv"(%x, %w, %offset) {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>}
    : (tensor<1x2x5x5xf32>, tensor<3x2x2x2xf32>, tensor<1x8x4x4xf32>) -> tensor<1x3x4x4xf32>
  return %0 : tensor<1x3x4x4xf32>
}

// -----

// Ten real numbers become six complex ones by a matrix that follows from these sizes.
// CHECK-LABEL: func.func @frequencies
// CHECK: %[[M:.*]] = linalg.generic {{.*}}outs(%{{.*}} : tensor<10x12xf32>)
// CHECK: math.cos %{{.*}} : f64
// CHECK: kernel.contract {{.*}}%[[M]]
// CHECK: tensor.expand_shape {{.*}} into tensor<3x6x2xf32>
func.func @frequencies(%x: tensor<3x10x1xf32>) -> tensor<3x6x2xf32> {
  %0 = "onnx.DFT"(%x) {onesided = 1 : si64, operandSegmentSizes = array<i32: 1, 0, 0>} : (tensor<3x10x1xf32>) -> tensor<3x6x2xf32>
  return %0 : tensor<3x6x2xf32>
}

// -----

// Frames of eight elements, weighted, at a step that is read when running.
// CHECK-LABEL: func.func @frames
// CHECK: linalg.generic {{.*}}outs(%{{.*}} : tensor<2x7x8x1xf32>)
// CHECK: tensor.extract %{{.*}} : tensor<2x32x1xf32>
// CHECK: tensor.extract %{{.*}} : tensor<8xf32>
// CHECK: kernel.contract
func.func @frames(%x: tensor<2x32x1xf32>, %step: tensor<i64>, %window: tensor<8xf32>) -> tensor<2x7x5x2xf32> {
  %0 = "onnx.STFT"(%x, %step, %window) {operandSegmentSizes = array<i32: 1, 1, 1, 0>} : (tensor<2x32x1xf32>, tensor<i64>, tensor<8xf32>) -> tensor<2x7x5x2xf32>
  return %0 : tensor<2x7x5x2xf32>
}
