// RUN: motionc-opt %s --pass-pipeline='builtin.module(func.func(motion-prepare-destinations))' | FileCheck %s

// Every op has its own empty; the dimension is the argument.
// CHECK-LABEL: func.func @own_empties(
// CHECK-SAME:    %{{.*}}: memref<f32>, %[[N:.*]]: index
// CHECK:         %[[E1:.*]] = tensor.empty(%[[N]])
// CHECK-NEXT:    %[[E0:.*]] = tensor.empty(%[[N]])
// CHECK-NEXT:    %[[A:.*]] = linalg.map { math.exp }  ins(%{{.*}} : tensor<?x8xf32>) outs(%[[E0]]
// CHECK-NEXT:    linalg.map { math.exp }  ins(%[[A]] : tensor<?x8xf32>) outs(%[[E1]]
func.func @own_empties(%x: memref<f32>, %n: index, %y: memref<?x8xf32>) {
  %c0 = arith.constant 0 : index
  %xm = memref.reinterpret_cast %x to offset: [0], sizes: [%n, 8], strides: [8, 1] : memref<f32> to memref<?x8xf32>
  %xt = bufferization.to_tensor %xm restrict : memref<?x8xf32> to tensor<?x8xf32>
  %d = tensor.dim %xt, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%d) : tensor<?x8xf32>
  %a = linalg.map { math.exp } ins(%xt : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>)
  %b = linalg.map { math.exp } ins(%a : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>)
  bufferization.materialize_in_destination %b in restrict writable %y : (tensor<?x8xf32>, memref<?x8xf32>) -> ()
  return
}

// A reshape before an output becomes a view of the output, at the head.
// CHECK-LABEL: func.func @reshaped_output(
// CHECK-SAME:    %[[X:.*]]: memref<?x8xf32>, %[[N:.*]]: index, %[[Y:.*]]: memref<?xf32>)
// CHECK-NEXT:    %[[V:.*]] = memref.expand_shape %[[Y]] {{.*}} output_shape [%[[N]], 8]
// CHECK:         %[[R:.*]] = linalg.map
// CHECK-NEXT:    bufferization.materialize_in_destination %[[R]] in restrict writable %[[V]]
func.func @reshaped_output(%x: memref<?x8xf32>, %n: index, %y: memref<?xf32>) {
  %xt = bufferization.to_tensor %x restrict : memref<?x8xf32> to tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %a = linalg.map { math.exp } ins(%xt : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>)
  %r = tensor.collapse_shape %a [[0, 1]] : tensor<?x8xf32> into tensor<?xf32>
  bufferization.materialize_in_destination %r in restrict writable %y : (tensor<?xf32>, memref<?xf32>) -> ()
  return
}

// The parts of a concatenation are inserted into the output.
// CHECK-LABEL: func.func @concat(
// CHECK:         %[[Y:.*]] = bufferization.to_tensor %arg1 restrict writable
// CHECK:         %[[FIRST:.*]] = tensor.insert_slice %{{.*}} into %[[Y]][0, 0]
// CHECK:         tensor.insert_slice %{{.*}} into %[[FIRST]][0, 8]
func.func @concat(%x: memref<4x8xf32>, %y: memref<4x16xf32>) {
  %xt = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  %a = linalg.map { math.exp } ins(%xt : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>)
  %c = tensor.empty() : tensor<4x16xf32>
  %c0 = tensor.insert_slice %a into %c[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %c1 = tensor.insert_slice %xt into %c0[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  bufferization.materialize_in_destination %c1 in restrict writable %y : (tensor<4x16xf32>, memref<4x16xf32>) -> ()
  return
}

// What a loop carries keeps its place: written over where its last reader is the writer, element by element; else copied there at the end.
// CHECK-LABEL: func.func @carried(
// CHECK:         scf.for {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}})
// CHECK:           %[[NEXT:.*]] = linalg.generic {{.*}} ins(%[[A]] : tensor<8xf32>) outs(%[[A]] : tensor<8xf32>)
// CHECK:           %[[TURNED:.*]] = linalg.generic {{.*}} ins(%[[B]] : tensor<8xf32>) outs(%{{.*}} : tensor<8xf32>)
// CHECK:           %[[COPY:.*]] = linalg.copy ins(%[[TURNED]] : tensor<8xf32>) outs(%[[B]] : tensor<8xf32>)
// CHECK:           scf.yield %[[NEXT]], %[[COPY]]
func.func @carried(%x: tensor<8xf32>, %z: tensor<8xf32>, %n: index) -> (tensor<8xf32>, tensor<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %z) -> (tensor<8xf32>, tensor<8xf32>) {
    %e = tensor.empty() : tensor<8xf32>
    %f = tensor.empty() : tensor<8xf32>
    %next = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%a : tensor<8xf32>) outs(%e : tensor<8xf32>) {
    ^bb0(%v: f32, %o: f32):
      %t = math.tanh %v : f32
      linalg.yield %t : f32
    } -> tensor<8xf32>
    %turned = linalg.generic {indexing_maps = [affine_map<(i) -> (7 - i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
        ins(%b : tensor<8xf32>) outs(%f : tensor<8xf32>) {
    ^bb0(%v: f32, %o: f32):
      linalg.yield %v : f32
    } -> tensor<8xf32>
    scf.yield %next, %turned : tensor<8xf32>, tensor<8xf32>
  }
  return %r#0, %r#1 : tensor<8xf32>, tensor<8xf32>
}
