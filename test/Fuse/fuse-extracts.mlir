// RUN: motionc-opt %s --motion-fuse-extracts --split-input-file | FileCheck %s

// The padded tensor is as long as data says: its element is computed where it is read.
// CHECK-LABEL: @sized_by_data
// CHECK: linalg.generic
// CHECK-NOT: linalg.generic
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: %[[J:.*]] = arith.addi %[[I]], %c3
// CHECK: %[[F:.*]] = arith.index_cast %[[J]]
// CHECK-NOT: tensor.extract
// CHECK: linalg.yield %[[F]]
func.func @sized_by_data(%size: tensor<i64>) -> tensor<4xi64> {
  %c3 = arith.constant 3 : index
  %s = tensor.extract %size[] : tensor<i64>
  %n = arith.index_cast %s : i64 to index
  %e = tensor.empty(%n) : tensor<?xi64>
  %p = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<?xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %v = arith.index_cast %i : index to i64
    linalg.yield %v : i64
  } -> tensor<?xi64>
  %r = tensor.empty() : tensor<4xi64>
  %y = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%r : tensor<4xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %j = arith.addi %i, %c3 : index
    %v = tensor.extract %p[%j] : tensor<?xi64>
    linalg.yield %v : i64
  } -> tensor<4xi64>
  return %y : tensor<4xi64>
}

// -----

// A size that is known before the run leaves the tensor as it is: its elements are computed once.
// CHECK-LABEL: @sized_by_dimension
// CHECK: %[[P:.*]] = linalg.generic
// CHECK: linalg.generic
// CHECK: tensor.extract %[[P]]
func.func @sized_by_dimension(%n: index) -> tensor<4xi64> {
  %e = tensor.empty(%n) : tensor<?xi64>
  %p = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%e : tensor<?xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %v = arith.index_cast %i : index to i64
    linalg.yield %v : i64
  } -> tensor<?xi64>
  %r = tensor.empty() : tensor<4xi64>
  %y = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%r : tensor<4xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %v = tensor.extract %p[%i] : tensor<?xi64>
    linalg.yield %v : i64
  } -> tensor<4xi64>
  return %y : tensor<4xi64>
}
