// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// Zero points first, exact sums in i32, one rounding.
// CHECK-LABEL: func.func @matmul
// CHECK: arith.extui
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<2x3xi32>)
// CHECK: arith.muli
// CHECK: math.roundeven
// CHECK: arith.maximumf
// CHECK: -> tensor<2x3xi8>
func.func @matmul(%a: tensor<2x4xui8>, %b: tensor<4x3xui8>, %s: tensor<f32>, %z: tensor<ui8>) -> tensor<2x3xui8> {
  %0 = "onnx.QLinearMatMul"(%a, %s, %z, %b, %s, %z, %s, %z)
      : (tensor<2x4xui8>, tensor<f32>, tensor<ui8>, tensor<4x3xui8>, tensor<f32>, tensor<ui8>, tensor<f32>, tensor<ui8>) -> tensor<2x3xui8>
  return %0 : tensor<2x3xui8>
}

// -----

// The zero point is gone before the padding, so that the padding is 0; weights have a zero point per output.
// CHECK-DAG: #[[OUTPUT:.*]] = affine_map<(d0, d1, d2) -> (d0, d1, 0)>
// CHECK-LABEL: func.func @convolution
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[OUTPUT]], #{{.*}}]
// CHECK: tensor.insert_slice {{.*}}[0, 0, 1] [1, 1, 5] [1, 1, 1] : tensor<1x1x5xi32> into tensor<1x1x7xi32>
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x5x2xi32>)
func.func @convolution(%x: tensor<1x1x5xui8>, %w: tensor<2x1x3xui8>, %zx: tensor<ui8>, %zw: tensor<2xui8>) -> tensor<1x2x5xi32> {
  %0 = "onnx.ConvInteger"(%x, %w, %zx, %zw) {pads = array<i64: 1, 1>, operandSegmentSizes = array<i32: 1, 1, 1, 1>} : (tensor<1x1x5xui8>, tensor<2x1x3xui8>, tensor<ui8>, tensor<2xui8>) -> tensor<1x2x5xi32>
  return %0 : tensor<1x2x5xi32>
}
