// RUN: motionc-opt %s --motion-linalg --split-input-file --verify-diagnostics | FileCheck %s

// Maxima, sums of exponentials, and the label's score read by an index that is always inside.
// CHECK-LABEL: func.func @entropy
// CHECK: %[[MAX:.*]] = linalg.generic {{.*}}["parallel", "reduction"]
// CHECK: arith.maximumf
// CHECK: %[[SUM:.*]] = linalg.generic {{.*}}["parallel", "reduction"]
// CHECK: math.exp
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[MAX]], %[[SUM]] : tensor<4xi64>, tensor<4xf32>, tensor<4xf32>)
// CHECK: arith.minsi
// CHECK: %[[AT:.*]] = arith.maxsi
// CHECK: tensor.extract %{{.*}}[%{{.*}}, %[[AT]]] : tensor<4x10xf32>
// CHECK: math.log
// CHECK-NOT: linalg.generic
func.func @entropy(%x: tensor<4x10xf32>, %label: tensor<4xi64>) -> tensor<4xf32> {
  %0 = "onnx.SoftmaxCrossEntropyLoss"(%x, %label) {reduction = "none"} : (tensor<4x10xf32>, tensor<4xi64>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// The mean is over the weights of the labels that count.
// CHECK-LABEL: func.func @likelihood
// CHECK: arith.cmpi eq
// CHECK: arith.select
// CHECK: linalg.generic {{.*}}["reduction"]
// CHECK: linalg.generic {{.*}}["reduction"]
// CHECK: arith.divf
func.func @likelihood(%x: tensor<4x10xf32>, %label: tensor<4xi32>, %w: tensor<10xf32>) -> tensor<f32> {
  %0 = "onnx.NegativeLogLikelihoodLoss"(%x, %label, %w) {ignore_index = -1 : si64} : (tensor<4x10xf32>, tensor<4xi32>, tensor<10xf32>) -> tensor<f32>
  return %0 : tensor<f32>
}

// -----

func.func @ranks(%x: tensor<4x10xf32>, %label: tensor<4x1xi64>) -> tensor<f32> {
  // expected-error @+1 {{NegativeLogLikelihoodLoss: expected scores [batch, classes, ...] and labels [batch, ...], found tensor<4x10xf32> and tensor<4x1xi64>}}
  %0 = "onnx.NegativeLogLikelihoodLoss"(%x, %label) : (tensor<4x10xf32>, tensor<4x1xi64>) -> tensor<f32>
  return %0 : tensor<f32>
}
