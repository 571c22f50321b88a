// RUN: motionc-opt %s --motion-bufferize | FileCheck %s
#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>
#mn = affine_map<(m, n, k) -> (m, n)>
#id = affine_map<(d0, d1) -> (d0, d1)>

// Three ops, the first two results in the workspace, the last one in the output through a reshaped view; no copy.
// CHECK-LABEL: func.func @residual(
// CHECK-NOT:     memref.alloc
// CHECK-NOT:     memref.copy
// CHECK:         %[[Y:.*]] = memref.collapse_shape
// CHECK:         %[[H0:.*]] = memref.view %[[BASE:.*]][%{{.*}}][%arg1] : memref<?xi8> to memref<?x256xf32>
// CHECK:         kernel.contract {{.*}} outs(%[[H0]] : memref<?x256xf32>)
// CHECK:         %[[H1:.*]] = memref.view %[[BASE]][%{{.*}}][%arg1] : memref<?xi8> to memref<?x256xf32>
// CHECK:         kernel.contract {{.*}} outs(%[[H1]] : memref<?x256xf32>)
// CHECK:         linalg.generic {{.*}} ins(%[[H0]], %[[H1]] : {{.*}}) outs(%[[Y]] :
// CHECK:         return
// CHECK:       func.func @residual.workspace(%[[BATCH:.*]]: index {onnx.dim = "batch"}) -> index
// CHECK-DAG:     %[[C1024:.*]] = arith.constant 1024 : index
// CHECK:         %[[ONE:.*]] = arith.muli %[[BATCH]], %[[C1024]]
// CHECK:         %[[TWO:.*]] = arith.addi %[[ONE]], %[[ONE]]
// CHECK:         return %[[TWO]]
func.func @residual(%x: memref<f32>, %batch: index {onnx.dim = "batch"}, %y: memref<f32>) {
  %xr = memref.reinterpret_cast %x to offset: [0], sizes: [%batch, 132], strides: [132, 1] : memref<f32> to memref<?x132xf32, strided<[132, 1]>>
  %xm = memref.cast %xr : memref<?x132xf32, strided<[132, 1]>> to memref<?x132xf32>
  %xt = bufferization.to_tensor %xm restrict : memref<?x132xf32> to tensor<?x132xf32>
  %c0 = arith.constant 0 : index
  %w0 = kernel.constant 0 : tensor<4x132x64xf32>
  %w1 = kernel.constant 135168 : tensor<4x256x64xf32>
  %d = tensor.dim %xt, %c0 : tensor<?x132xf32>
  %e = tensor.empty(%d) : tensor<?x256xf32>
  %h0 = kernel.contract ins(%xt, %w0 : tensor<?x132xf32>, tensor<4x132x64xf32>) outs(%e : tensor<?x256xf32>)
      attributes {indexing_maps = [#mk, #kn, #mn]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x256xf32>
  %h1 = kernel.contract ins(%h0, %w1 : tensor<?x256xf32>, tensor<4x256x64xf32>) outs(%e : tensor<?x256xf32>)
      attributes {indexing_maps = [#mk, #kn, #mn]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x256xf32>
  %h2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
    ins(%h0, %h1 : tensor<?x256xf32>, tensor<?x256xf32>) outs(%e : tensor<?x256xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x256xf32>
  %r = tensor.expand_shape %h2 [[0], [1, 2]] output_shape [%d, 16, 16] : tensor<?x256xf32> into tensor<?x16x16xf32>
  %yr = memref.reinterpret_cast %y to offset: [0], sizes: [%batch, 16, 16], strides: [256, 16, 1] : memref<f32> to memref<?x16x16xf32, strided<[256, 16, 1]>>
  %ym = memref.cast %yr : memref<?x16x16xf32, strided<[256, 16, 1]>> to memref<?x16x16xf32>
  bufferization.materialize_in_destination %r in restrict writable %ym : (tensor<?x16x16xf32>, memref<?x16x16xf32>) -> ()
  return
}

// A kernel of tiles with its producer inside: the scratch is a tile, the result goes to the output.
// CHECK-LABEL: func.func @tiles(
// CHECK-NOT:     memref.copy
// CHECK:         %[[AREA:.*]] = memref.reinterpret_cast {{.*}} : memref<i8> to memref<448xi8>
// CHECK:         scf.forall
// CHECK:           %[[T:.*]] = memref.view %[[AREA]]{{.*}} : memref<448xi8> to memref<?x8xf32>
// CHECK:           linalg.map { math.exp } {{.*}} outs(%[[T]] :
// CHECK:           linalg.map { math.exp } ins(%[[T]] :
// CHECK:         return
func.func @tiles(%x: memref<f32>, %n: index, %y: memref<f32>) {
  %xm = memref.reinterpret_cast %x to offset: [0], sizes: [%n, 8], strides: [8, 1] : memref<f32> to memref<?x8xf32>
  %xt = bufferization.to_tensor %xm restrict : memref<?x8xf32> to tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %r = scf.forall (%i) = (0) to (%n) step (14) shared_outs(%o = %e) -> (tensor<?x8xf32>) {
    %rows = affine.min affine_map<(d0)[s0] -> (14, s0 - d0)>(%i)[%n]
    %xs = tensor.extract_slice %xt[%i, 0] [%rows, 8] [1, 1] : tensor<?x8xf32> to tensor<?x8xf32>
    %os = tensor.extract_slice %o[%i, 0] [%rows, 8] [1, 1] : tensor<?x8xf32> to tensor<?x8xf32>
    %t = tensor.empty(%rows) : tensor<?x8xf32>
    %a = linalg.map { math.exp } ins(%xs : tensor<?x8xf32>) outs(%t : tensor<?x8xf32>)
    %b = linalg.map { math.exp } ins(%a : tensor<?x8xf32>) outs(%os : tensor<?x8xf32>)
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %b into %o[%i, 0] [%rows, 8] [1, 1] : tensor<?x8xf32> into tensor<?x8xf32>
    }
  }
  %ym = memref.reinterpret_cast %y to offset: [0], sizes: [%n, 8], strides: [8, 1] : memref<f32> to memref<?x8xf32>
  bufferization.materialize_in_destination %r in restrict writable %ym : (tensor<?x8xf32>, memref<?x8xf32>) -> ()
  return
}

// Two halves of a concatenation are written into the output.
// CHECK-LABEL: func.func @concat(
// CHECK-NOT:     memref.copy
// CHECK:         %[[Y:.*]] = memref.reinterpret_cast
// CHECK:         %[[S0:.*]] = memref.subview %[[Y]][0, 0] [4, 8] [1, 1]
// CHECK:         linalg.map {{.*}} outs(%[[S0]] :
// CHECK:         %[[S1:.*]] = memref.subview %[[Y]][0, 8] [4, 8] [1, 1]
// CHECK:         linalg.map {{.*}} outs(%[[S1]] :
func.func @concat(%x: memref<4x8xf32>, %y: memref<f32>) {
  %xt = bufferization.to_tensor %x restrict : memref<4x8xf32> to tensor<4x8xf32>
  %e = tensor.empty() : tensor<4x8xf32>
  %a = linalg.map { math.exp } ins(%xt : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>)
  %b = linalg.map { math.log } ins(%xt : tensor<4x8xf32>) outs(%e : tensor<4x8xf32>)
  %c = tensor.empty() : tensor<4x16xf32>
  %c0 = tensor.insert_slice %a into %c[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %c1 = tensor.insert_slice %b into %c0[0, 8] [4, 8] [1, 1] : tensor<4x8xf32> into tensor<4x16xf32>
  %ym = memref.reinterpret_cast %y to offset: [0], sizes: [4, 16], strides: [16, 1] : memref<f32> to memref<4x16xf32>
  bufferization.materialize_in_destination %c1 in restrict writable %ym : (tensor<4x16xf32>, memref<4x16xf32>) -> ()
  return
}
