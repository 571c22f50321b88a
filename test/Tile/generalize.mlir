// RUN: motionc-opt %s --motion-pack-contractions --motion-generalize-contractions --canonicalize | FileCheck %s

// A matrix times a vector: the matrix becomes b, packed at run time.
// CHECK-LABEL: @matvec
// CHECK: linalg.transpose
// CHECK: kernel.contract ins(%{{.*}}, %{{.*}} : tensor<32xf32>, tensor<1x32x48xf32>)
func.func @matvec(%a: tensor<40x32xf32>, %x: tensor<32xf32>) -> tensor<40xf32> {
  %e = tensor.empty() : tensor<40xf32>
  %y = kernel.contract ins(%a, %x : tensor<40x32xf32>, tensor<32xf32>) outs(%e : tensor<40xf32>)
      attributes {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (k)>, affine_map<(m, k) -> (m)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<40xf32>
  return %y : tensor<40xf32>
}

// A dot product per row has no dimension for the lanes.
// CHECK-LABEL: @rowdot
// CHECK: linalg.generic
// CHECK: arith.mulf
// CHECK: linalg.generic
// CHECK: math.exp
// CHECK-NOT: kernel.contract
func.func @rowdot(%a: tensor<40x32xf32>, %b: tensor<40x32xf32>) -> tensor<40xf32> {
  %e = tensor.empty() : tensor<40xf32>
  %y = kernel.contract ins(%a, %b : tensor<40x32xf32>, tensor<40x32xf32>) outs(%e : tensor<40xf32>)
      attributes {indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>]} {
  ^bb0(%acc: f32):
    %r = math.exp %acc : f32
    kernel.yield %r : f32
  } -> tensor<40xf32>
  return %y : tensor<40xf32>
}

// A batch of matrices that the run makes, each times a vector: its rows are summed along memory.
// CHECK-LABEL: func.func @one_column
// CHECK-NOT: kernel.contract
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]} ins(%{{.*}}, %{{.*}} : tensor<?x16x32xf32>, tensor<?x32x1xf32>)
func.func @one_column(%a: tensor<?x16x32xf32>, %b: tensor<?x32x1xf32>, %e: tensor<?x16x1xf32>) -> tensor<?x16x1xf32> {
  %0 = kernel.contract ins(%a, %b : tensor<?x16x32xf32>, tensor<?x32x1xf32>) outs(%e : tensor<?x16x1xf32>)
      attributes {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x16x1xf32>
  return %0 : tensor<?x16x1xf32>
}
