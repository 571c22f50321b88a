// RUN: motionc-opt %s --motion-fold-batch-norm --split-input-file --mlir-print-debuginfo=false | FileCheck %s

// CHECK-LABEL: func @conv_without_bias
// CHECK-SAME: (%[[X:.*]]: tensor<?x3x?xf32>)
// CHECK: %[[W:.*]] = kernel.weight 0
// CHECK: %[[EPS:.*]] = "onnx.Constant"() <{value = dense<9.99999974E-6> : tensor<f32>}>
// CHECK: %[[SUM:.*]] = "onnx.Add"(%{{.*}}, %[[EPS]]) : (tensor<8xf32>, tensor<f32>) -> tensor<8xf32>
// CHECK: %[[ROOT:.*]] = "onnx.Sqrt"(%[[SUM]])
// CHECK: %[[F:.*]] = "onnx.Div"(%{{.*}}, %[[ROOT]])
// CHECK: %[[R:.*]] = "onnx.Reshape"(%[[F]], {{.*}} : (tensor<8xf32>, tensor<3xi64>) -> tensor<8x1x1xf32>
// CHECK: %[[NW:.*]] = "onnx.Mul"(%[[W]], %[[R]]) : (tensor<8x3x5xf32>, tensor<8x1x1xf32>) -> tensor<8x3x5xf32>
// CHECK: %[[NEG:.*]] = "onnx.Sub"(%{{.*}}, %[[F]])
// CHECK: %[[MEAN:.*]] = "onnx.Mul"(%{{.*}}, %[[NEG]])
// CHECK: %[[NB:.*]] = "onnx.Add"(%[[MEAN]], %{{.*}})
// CHECK: %[[Y:.*]] = "onnx.Conv"(%[[X]], %[[NW]], %[[NB]]) <{{.*}}strides = array<i64: 2>}> : {{.*}} -> tensor<?x8x?xf32>
// CHECK-NOT: BatchNormalization
// CHECK: return %[[Y]]
func.func @conv_without_bias(%x: tensor<?x3x?xf32>) -> tensor<?x8x?xf32> {
  %w = kernel.weight 0 : tensor<8x3x5xf32>
  %s = kernel.weight 1 : tensor<8xf32>
  %b = kernel.weight 2 : tensor<8xf32>
  %m = kernel.weight 3 : tensor<8xf32>
  %v = kernel.weight 4 : tensor<8xf32>
  %0 = "onnx.Conv"(%x, %w) <{group = 1 : si64, strides = array<i64: 2>}> : (tensor<?x3x?xf32>, tensor<8x3x5xf32>) -> tensor<?x8x?xf32>
  %1 = "onnx.BatchNormalization"(%0, %s, %b, %m, %v) <{epsilon = 1.0e-5 : f32, resultSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<?x8x?xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8x?xf32>
  return %1 : tensor<?x8x?xf32>
}

// -----

// The bias of a Gemm is scaled by beta before; the weights' channels are the second axis unless they are transposed.
// CHECK-LABEL: func @gemm
// CHECK: "onnx.Reshape"({{.*}} -> tensor<1x8xf32>
// CHECK: %[[SCALED:.*]] = "onnx.Mul"(%{{.*}}, %{{.*}}) : (tensor<1x8xf32>, tensor<f32>) -> tensor<1x8xf32>
// CHECK: "onnx.Sub"(%[[SCALED]], %{{.*}}) : (tensor<1x8xf32>, tensor<8xf32>)
// CHECK: "onnx.Gemm"({{.*}}<{alpha = 2.000000e+00 : f32, beta = 1.000000e+00 : f32,
func.func @gemm(%x: tensor<?x4xf32>) -> tensor<?x8xf32> {
  %w = kernel.weight 0 : tensor<4x8xf32>
  %c = kernel.weight 1 : tensor<1x8xf32>
  %s = kernel.weight 2 : tensor<8xf32>
  %0 = "onnx.Gemm"(%x, %w, %c) <{alpha = 2.0 : f32, beta = 0.5 : f32}> : (tensor<?x4xf32>, tensor<4x8xf32>, tensor<1x8xf32>) -> tensor<?x8xf32>
  %1 = "onnx.BatchNormalization"(%0, %s, %s, %s, %s) <{resultSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<?x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}

// -----

// CHECK-LABEL: func @transposed
// CHECK: "onnx.Reshape"({{.*}} -> tensor<1x8x1xf32>
// CHECK-NOT: BatchNormalization
func.func @transposed(%x: tensor<1x4x9xf32>) -> tensor<1x8x11xf32> {
  %w = kernel.weight 0 : tensor<4x8x3xf32>
  %s = kernel.weight 2 : tensor<8xf32>
  %0 = "onnx.ConvTranspose"(%x, %w) : (tensor<1x4x9xf32>, tensor<4x8x3xf32>) -> tensor<1x8x11xf32>
  %1 = "onnx.BatchNormalization"(%0, %s, %s, %s, %s) <{resultSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<1x8x11xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<1x8x11xf32>
  return %1 : tensor<1x8x11xf32>
}

// -----

// Not foldable: weights that are an input; another use of what is normalised; training; a bias per row.
// CHECK-LABEL: func @kept
// CHECK-COUNT-4: "onnx.BatchNormalization"
func.func @kept(%x: tensor<3x4xf32>, %w: tensor<4x8xf32>) -> (tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>) {
  %k = kernel.weight 0 : tensor<4x8xf32>
  %s = kernel.weight 1 : tensor<8xf32>
  %rows = kernel.weight 2 : tensor<3x1xf32>
  %0 = "onnx.Gemm"(%x, %w) : (tensor<3x4xf32>, tensor<4x8xf32>) -> tensor<3x8xf32>
  %1 = "onnx.BatchNormalization"(%0, %s, %s, %s, %s) <{resultSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<3x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
  %2 = "onnx.Gemm"(%x, %k) : (tensor<3x4xf32>, tensor<4x8xf32>) -> tensor<3x8xf32>
  %3 = "onnx.BatchNormalization"(%2, %s, %s, %s, %s) <{resultSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<3x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
  %4 = "onnx.Gemm"(%3, %w) : (tensor<3x8xf32>, tensor<4x8xf32>) -> tensor<3x8xf32>
  %5 = "onnx.Gemm"(%x, %k) : (tensor<3x4xf32>, tensor<4x8xf32>) -> tensor<3x8xf32>
  %6 = "onnx.BatchNormalization"(%5, %s, %s, %s, %s) <{training_mode = 1 : si64, resultSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<3x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
  %7 = "onnx.Gemm"(%x, %k, %rows) : (tensor<3x4xf32>, tensor<4x8xf32>, tensor<3x1xf32>) -> tensor<3x8xf32>
  %8 = "onnx.BatchNormalization"(%7, %s, %s, %s, %s) <{resultSegmentSizes = array<i32: 1, 0, 0>}> : (tensor<3x8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) -> tensor<3x8xf32>
  return %1, %2, %3, %6, %8 : tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>, tensor<3x8xf32>
}
