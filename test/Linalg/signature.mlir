// RUN: motionc-opt %s --motion-convert-to-linalg --canonicalize --split-input-file | FileCheck %s

// Pointers, then the free dimensions, then outputs; equal dimensions are one value and no tensor.dim is left.
// CHECK-LABEL: func.func @two
// CHECK-SAME: (%[[X:.*]]: memref<f32> {onnx.dims = ["batch", 4], onnx.name = "x", onnx.type = 1 : i64}, %[[Y:.*]]: memref<f32> {{.*}}, %[[B:.*]]: index {onnx.dim = "batch"}, %[[Z:.*]]: memref<f32> {onnx.dims = ["batch", 4], onnx.name = "z", onnx.output, onnx.type = 1 : i64})
// CHECK-DAG: %[[ZM:.*]] = memref.reinterpret_cast %[[Z]] to offset: [0], sizes: [%[[B]], 4], strides: [4, 1] : memref<f32> to memref<?x4xf32>
// CHECK-DAG: %[[XM:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%[[B]], 4]
// CHECK: bufferization.to_tensor %[[XM]] restrict :
// CHECK-NOT: tensor.dim
// CHECK: %[[E:.*]] = tensor.empty(%[[B]]) : tensor<?x4xf32>
// CHECK: %[[S:.*]] = linalg.generic {{.*}} outs(%[[E]]
// CHECK: arith.addf {{.*}} fastmath<contract>
// CHECK: bufferization.materialize_in_destination %[[S]] in restrict writable %[[ZM]]
// CHECK-NEXT: return
func.func @two(%x: tensor<?x4xf32> {onnx.name = "x", onnx.dims = ["batch", 4]}, %y: tensor<?x4xf32> {onnx.name = "y", onnx.dims = ["batch", 4]})
    -> (tensor<?x4xf32> {onnx.name = "z", onnx.dims = ["batch", 4]}) attributes {onnx.dims = [{name = "batch", min = 1, max = 64}]} {
  %0 = "onnx.Add"(%x, %y) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// -----

// Bools are bytes outside.
// CHECK-LABEL: func.func @bools
// CHECK-SAME: memref<i8> {onnx.name = "a", onnx.type = 9 : i64}
// CHECK: arith.cmpi ne
// CHECK: arith.xori
// CHECK: arith.extui
func.func @bools(%a: tensor<3xi1> {onnx.name = "a"}) -> (tensor<3xi1> {onnx.name = "b"}) {
  %0 = "onnx.Not"(%a) : (tensor<3xi1>) -> tensor<3xi1>
  return %0 : tensor<3xi1>
}

// -----

// A derived dimension of an output follows from the free ones.
// CHECK-LABEL: func.func private @derived.derived.0(%{{.*}}: index) -> index
// CHECK: affine.apply
// CHECK-LABEL: func.func @derived(
// CHECK-SAME: {onnx.dims = [{max = 64 : i64, min = 1 : i64, name = "batch"}, {formula = "batch * 4", max = 256 : i64, min = 4 : i64, name = "4*batch"}]}
// CHECK: %[[D:.*]] = affine.apply {{.*}}[%{{.*}}]
// CHECK: memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%[[D]]]
func.func @derived(%x: tensor<?x4xf32> {onnx.name = "x", onnx.dims = ["batch", 4]})
    -> (tensor<?xf32> {onnx.name = "z", onnx.dims = ["4*batch"]}) attributes {onnx.dims = [{name = "batch", min = 1, max = 64}]} {
  %s = "onnx.Constant"() {value = dense<-1> : tensor<1xi64>} : () -> tensor<1xi64>
  %0 = "onnx.Reshape"(%x, %s) : (tensor<?x4xf32>, tensor<1xi64>) -> tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// What the model declares of its results is not so: they have the dimensions that were computed.
// CHECK-LABEL: func.func @false_sizes(
// CHECK-SAME: index {onnx.dim = "batch"}, %[[Y:.*]]: memref<f32> {onnx.dims = ["batch"], onnx.name = "y", {{.*}}}, %[[Z:.*]]: memref<f32> {onnx.dims = ["z_dim0"], onnx.name = "z",
// CHECK-SAME: {formula = "batch * 2", max = 128 : i64, min = 2 : i64, name = "z_dim0"}]}
// CHECK-NOT: tensor<10xf32>
// CHECK: return
func.func @false_sizes(%x: tensor<?xf32> {onnx.name = "x", onnx.dims = ["batch"]})
    -> (tensor<10xf32> {onnx.name = "y", onnx.dims = [10]}, tensor<?xf32> {onnx.name = "z", onnx.dims = ["batch"]}) attributes {onnx.dims = [{name = "batch", min = 1, max = 64}]} {
  %0 = "onnx.Relu"(%x) : (tensor<?xf32>) -> tensor<10xf32>
  %1 = "onnx.Concat"(%x, %x) {axis = 0 : si64} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  return %0, %1 : tensor<10xf32>, tensor<?xf32>
}

// -----

// One name for two sizes: the second gets a number.
// CHECK-LABEL: func.func @one_name(
// CHECK-SAME: onnx.dims = ["k"], onnx.name = "y"
// CHECK-SAME: onnx.dims = ["k_2"], onnx.name = "z"
// CHECK-SAME: onnx.dims = ["k"], onnx.name = "w"
// CHECK-SAME: {formula = "batch * 2", max = 128 : i64, min = 2 : i64, name = "k"}, {formula = "batch * 3", max = 192 : i64, min = 3 : i64, name = "k_2"}]}
func.func @one_name(%x: tensor<?xf32> {onnx.name = "x", onnx.dims = ["batch"]})
    -> (tensor<?xf32> {onnx.name = "y", onnx.dims = ["k"]}, tensor<?xf32> {onnx.name = "z", onnx.dims = ["k"]}, tensor<?xf32> {onnx.name = "w", onnx.dims = ["k"]})
    attributes {onnx.dims = [{name = "batch", min = 1, max = 64}]} {
  %0 = "onnx.Concat"(%x, %x) {axis = 0 : si64} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %1 = "onnx.Concat"(%x, %x, %x) {axis = 0 : si64} : (tensor<?xf32>, tensor<?xf32>, tensor<?xf32>) -> tensor<?xf32>
  %2 = "onnx.Relu"(%0) : (tensor<?xf32>) -> tensor<?xf32>
  return %0, %1, %2 : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
