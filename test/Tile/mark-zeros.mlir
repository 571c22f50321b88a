// RUN: motionc-opt %s --motion-mark-zeros | FileCheck %s

// What a rectifier leaves, through reshapes, is mostly zeros; what the limits of 6 leave too. The input of the first layer and of one after a leaky
// rectifier are not, and a product of two such tensors has no constant whose numbers could be looked at.
#rows = affine_map<(m, n, k) -> (m, k)>
#panels = affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>
#columns = affine_map<(m, n, k) -> (k, n)>
#result = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: @rectified
func.func @rectified(%x: tensor<4x64xf32>, %e: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %w = kernel.constant 0 : tensor<1x64x64xf32>
  // CHECK: kernel.contract
  // CHECK-NOT: skip_zeros
  // CHECK: arith.maximumf
  %h = kernel.contract ins(%x, %w : tensor<4x64xf32>, tensor<1x64x64xf32>) outs(%e : tensor<4x64xf32>) attributes {indexing_maps = [#rows, #panels, #result]} {
  ^bb0(%acc: f32):
    %zero = arith.constant 0.0 : f32
    %six = arith.constant 6.0 : f32
    %r = arith.maximumf %acc, %zero : f32
    %l = arith.minimumf %r, %six : f32
    kernel.yield %l : f32
  } -> tensor<4x64xf32>
  %c = tensor.expand_shape %h [[0], [1, 2]] output_shape [4, 8, 8] : tensor<4x64xf32> into tensor<4x8x8xf32>
  %f = tensor.collapse_shape %c [[0], [1, 2]] : tensor<4x8x8xf32> into tensor<4x64xf32>
  // CHECK: kernel.contract {{.*}}skip_zeros}
  %y = kernel.contract ins(%f, %w : tensor<4x64xf32>, tensor<1x64x64xf32>) outs(%e : tensor<4x64xf32>) attributes {indexing_maps = [#rows, #panels, #result]} {
  ^bb0(%acc: f32):
    %zero = arith.constant 0.0 : f32
    %slope = arith.constant 0.1 : f32
    %scaled = arith.mulf %acc, %slope : f32
    %r = arith.maximumf %acc, %scaled : f32
    kernel.yield %r : f32
  } -> tensor<4x64xf32>
  // CHECK: kernel.contract
  // CHECK-NOT: skip_zeros
  // CHECK: return
  %z = kernel.contract ins(%y, %w : tensor<4x64xf32>, tensor<1x64x64xf32>) outs(%e : tensor<4x64xf32>) attributes {indexing_maps = [#rows, #panels, #result]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<4x64xf32>
  return %z : tensor<4x64xf32>
}

// The largest of several rectified values is one, and so is a part of a larger tensor.
// CHECK-LABEL: @pooled
// CHECK: kernel.contract {{.*}}skip_zeros}
func.func @pooled(%x: tensor<4x128xf32>, %e: tensor<4x128xf32>, %p: tensor<4x64xf32>, %z: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %w = kernel.constant 0 : tensor<1x64x64xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x128xf32>) outs(%e : tensor<4x128xf32>) {
  ^bb0(%a: f32, %o: f32):
    %zero = arith.constant 0.0 : f32
    %m = arith.maximumf %zero, %a : f32
    linalg.yield %m : f32
  } -> tensor<4x128xf32>
  %b = tensor.insert_slice %r into %e[0, 0] [4, 128] [1, 1] : tensor<4x128xf32> into tensor<4x128xf32>
  %s = tensor.expand_shape %b [[0], [1, 2]] output_shape [4, 64, 2] : tensor<4x128xf32> into tensor<4x64x2xf32>
  %l = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%s : tensor<4x64x2xf32>) outs(%p : tensor<4x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %m = arith.maximumf %o, %a : f32
    linalg.yield %m : f32
  } -> tensor<4x64xf32>
  %y = kernel.contract ins(%l, %w : tensor<4x64xf32>, tensor<1x64x64xf32>) outs(%z : tensor<4x64xf32>) attributes {indexing_maps = [#rows, #panels, #result]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}

// CHECK-LABEL: @two_tensors
// CHECK-NOT: skip_zeros
func.func @two_tensors(%x: tensor<64x64xf32>, %e: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %zero = arith.constant 0.0 : f32
    %m = arith.maximumf %a, %zero : f32
    linalg.yield %m : f32
  } -> tensor<64x64xf32>
  %y = kernel.contract ins(%r, %x : tensor<64x64xf32>, tensor<64x64xf32>) outs(%e : tensor<64x64xf32>) attributes {indexing_maps = [#rows, #columns, #result]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<64x64xf32>
  return %y : tensor<64x64xf32>
}
