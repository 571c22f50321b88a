// RUN: motionc-opt %s --motion-linalg --split-input-file | FileCheck %s

// Five elements of 4 bits are three bytes outside; inside each has its own, with its sign.
// CHECK-LABEL: func.func @packed
// CHECK-DAG: %[[Y:.*]] = memref.reinterpret_cast %arg1 to offset: [0], sizes: [3]
// CHECK-DAG: memref.reinterpret_cast %arg0 to offset: [0], sizes: [3]
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<5xi8>)
// CHECK: arith.shrsi
// CHECK: %[[P:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<3xi8>)
// CHECK: arith.ori
// CHECK: bufferization.materialize_in_destination %[[P]] in restrict writable %[[Y]]
func.func @packed(%x: tensor<5xi4> {onnx.name = "x"}) -> (tensor<5xi4> {onnx.name = "y"}) {
  %0 = "onnx.Identity"(%x) : (tensor<5xi4>) -> tensor<5xi4>
  return %0 : tensor<5xi4>
}
