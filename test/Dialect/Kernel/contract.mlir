// RUN: motionc-opt %s --split-input-file --verify-diagnostics | motionc-opt | FileCheck %s

// CHECK-LABEL: @gemm
// CHECK: kernel.contract ins(%{{.*}}, %{{.*}} : tensor<?x132xf32>, tensor<4x132x64xf32>)
func.func @gemm(%x: tensor<?x132xf32>, %e: tensor<?x256xf32>) -> tensor<?x256xf32> {
  %w = kernel.constant 4096 : tensor<4x132x64xf32>
  %y = kernel.contract ins(%x, %w : tensor<?x132xf32>, tensor<4x132x64xf32>) outs(%e : tensor<?x256xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 64, k, n mod 64)>,
                                   affine_map<(m, n, k) -> (m, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<?x256xf32>
  return %y : tensor<?x256xf32>
}

// -----

func.func @too_few_maps(%x: tensor<8x132xf32>, %w: tensor<132x256xf32>, %e: tensor<8x256xf32>) -> tensor<8x256xf32> {
  // expected-error @+1 {{expected 3 indexing maps, found 2}}
  %y = kernel.contract ins(%x, %w : tensor<8x132xf32>, tensor<132x256xf32>) outs(%e : tensor<8x256xf32>)
      attributes {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>]} {
  ^bb0(%acc: f32):
    kernel.yield %acc : f32
  } -> tensor<8x256xf32>
  return %y : tensor<8x256xf32>
}
