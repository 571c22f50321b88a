// RUN: motionc-opt %s --motion-linalg --split-input-file --verify-diagnostics | FileCheck %s

// The products with x are one contraction for both steps; each step has one with the state, all with the same matrix.
// CHECK-LABEL: func.func @lstm
// CHECK: kernel.contract {{.*}} outs(%{{.*}} : tensor<2x3x20xf32>)
// CHECK: kernel.contract ins(%{{.*}}, %[[R:.*]] : tensor<3x5xf32>, tensor<20x5xf32>) outs(%{{.*}} : tensor<3x20xf32>)
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<3x5xf32>)
// CHECK: %[[H:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<3x5xf32>)
// CHECK: math.tanh
// CHECK: kernel.contract ins(%[[H]], %[[R]] :
// CHECK-NOT: kernel.contract
// CHECK: tensor.insert_slice %{{.*}}[1, 0, 0, 0] [1, 1, 3, 5] [1, 1, 1, 1] : tensor<3x5xf32> into tensor<2x1x3x5xf32>
func.func @lstm(%x: tensor<2x3x4xf32>, %w: tensor<1x20x4xf32>, %r: tensor<1x20x5xf32>) -> tensor<2x1x3x5xf32> {
  %0 = "onnx.LSTM"(%x, %w, %r) {hidden_size = 5 : si64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<2x3x4xf32>, tensor<1x20x4xf32>, tensor<1x20x5xf32>) -> tensor<2x1x3x5xf32>
  return %0 : tensor<2x1x3x5xf32>
}

// -----

// Where a sequence has ended, the state stays and y is 0.
// CHECK-LABEL: func.func @rnn
// CHECK: math.tanh
// CHECK: arith.cmpi sgt
// CHECK: arith.select
func.func @rnn(%x: tensor<1x3x4xf32>, %w: tensor<1x5x4xf32>, %r: tensor<1x5x5xf32>, %length: tensor<3xi32>) -> tensor<1x3x5xf32> {
  %0 = "onnx.RNN"(%x, %w, %r, %length) {hidden_size = 5 : si64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1, 0>, resultSegmentSizes = array<i32: 0, 1>}
      : (tensor<1x3x4xf32>, tensor<1x5x4xf32>, tensor<1x5x5xf32>, tensor<3xi32>) -> tensor<1x3x5xf32>
  return %0 : tensor<1x3x5xf32>
}

// -----

// The reset gate comes before the product with the state, or after it.
// CHECK-LABEL: func.func @gru
// CHECK-DAG: kernel.contract {{.*}} outs(%{{.*}} : tensor<3x10xf32>)
// CHECK-DAG: kernel.contract {{.*}} outs(%{{.*}} : tensor<3x5xf32>)
// CHECK-LABEL: func.func @linear
// CHECK: kernel.contract {{.*}} outs(%{{.*}} : tensor<3x15xf32>)
// CHECK-NOT: tensor<3x10xf32>
func.func @gru(%x: tensor<1x3x4xf32>, %w: tensor<1x15x4xf32>, %r: tensor<1x15x5xf32>) -> tensor<1x3x5xf32> {
  %0 = "onnx.GRU"(%x, %w, %r) {hidden_size = 5 : si64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 0, 1>}
      : (tensor<1x3x4xf32>, tensor<1x15x4xf32>, tensor<1x15x5xf32>) -> tensor<1x3x5xf32>
  return %0 : tensor<1x3x5xf32>
}
func.func @linear(%x: tensor<1x3x4xf32>, %w: tensor<1x15x4xf32>, %r: tensor<1x15x5xf32>) -> tensor<1x3x5xf32> {
  %0 = "onnx.GRU"(%x, %w, %r) {hidden_size = 5 : si64, linear_before_reset = 1 : si64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>,
      resultSegmentSizes = array<i32: 0, 1>} : (tensor<1x3x4xf32>, tensor<1x15x4xf32>, tensor<1x15x5xf32>) -> tensor<1x3x5xf32>
  return %0 : tensor<1x3x5xf32>
}

// -----

func.func @activation(%x: tensor<1x3x4xf32>, %w: tensor<1x5x4xf32>, %r: tensor<1x5x5xf32>) -> tensor<1x3x5xf32> {
  // expected-error @+1 {{RNN: expected activations of the ONNX standard, found Swish}}
  %0 = "onnx.RNN"(%x, %w, %r) {activations = ["Swish"], operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 0, 1>}
      : (tensor<1x3x4xf32>, tensor<1x5x4xf32>, tensor<1x5x5xf32>) -> tensor<1x3x5xf32>
  return %0 : tensor<1x3x5xf32>
}

// -----

// More steps than are worth unrolling, or a number that only the caller knows, are a loop that carries the states and y.
// CHECK-LABEL: func.func @loop
// CHECK: kernel.contract {{.*}} outs(%{{.*}} : tensor<?x3x20xf32>)
// CHECK: %[[LOOP:.*]]:3 = scf.for %[[T:.*]] = %{{.*}} to %{{.*}} step %{{.*}} iter_args(%[[H:.*]] = %{{.*}}, %[[C:.*]] = %{{.*}}, %[[Y:.*]] = %{{.*}}) -> (tensor<3x5xf32>, tensor<3x5xf32>, tensor<?x1x3x5xf32>)
// CHECK: tensor.extract_slice %{{.*}}[%[[T]], 0, 0, 0] [1, 3, 4, 5] [1, 1, 1, 1]
// CHECK: kernel.contract ins(%[[H]], %{{.*}} : tensor<3x5xf32>, tensor<20x5xf32>) outs(%{{.*}} : tensor<3x20xf32>)
// CHECK: tensor.insert_slice %{{.*}} into %[[Y]][%[[T]], 0, 0, 0] [1, 1, 3, 5] [1, 1, 1, 1]
// CHECK: scf.yield
// CHECK-NOT: kernel.contract
func.func @loop(%x: tensor<?x3x4xf32> {onnx.dims = ["t", 3, 4]}, %w: tensor<1x20x4xf32> {onnx.dims = [1, 20, 4]}, %r: tensor<1x20x5xf32> {onnx.dims = [1, 20, 5]})
    -> tensor<?x1x3x5xf32> attributes {onnx.dims = [{name = "t", min = 1 : i64, max = 64 : i64}]} {
  %0 = "onnx.LSTM"(%x, %w, %r) {hidden_size = 5 : si64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0, 0>}
      : (tensor<?x3x4xf32>, tensor<1x20x4xf32>, tensor<1x20x5xf32>) -> tensor<?x1x3x5xf32>
  return %0 : tensor<?x1x3x5xf32>
}

// -----

// Backwards, the last step comes first.
// CHECK-LABEL: func.func @backwards
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %{{.*}} step
// CHECK: %[[T:.*]] = affine.apply #{{.*}}(%[[I]])
// CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[%[[T]], 0, 0, 0]
func.func @backwards(%x: tensor<20x3x4xf32>, %w: tensor<1x5x4xf32>, %r: tensor<1x5x5xf32>) -> tensor<20x1x3x5xf32> {
  %0 = "onnx.RNN"(%x, %w, %r) {hidden_size = 5 : si64, direction = "reverse", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>, resultSegmentSizes = array<i32: 1, 0>}
      : (tensor<20x3x4xf32>, tensor<1x5x4xf32>, tensor<1x5x5xf32>) -> tensor<20x1x3x5xf32>
  return %0 : tensor<20x1x3x5xf32>
}
