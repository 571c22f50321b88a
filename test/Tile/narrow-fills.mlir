// RUN: motionc-opt %s --motion-narrow-fills --canonicalize | FileCheck %s

// Of a padded image the last row and the last column are filled; the inside comes from %x alone.
// CHECK-LABEL: func.func @image
// CHECK-SAME: (%[[X:.*]]: tensor<?x28x28x64xf32>, %[[N:.*]]: index)
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x29x29x64xf32>
// CHECK: %[[F:.*]] = linalg.fill {{.*}} -> tensor<?x1x29x64xf32>
// CHECK: %[[A:.*]] = tensor.insert_slice %[[F]] into %[[E]][0, 28, 0, 0] [%[[N]], 1, 29, 64]
// CHECK: %[[G:.*]] = linalg.fill {{.*}} -> tensor<?x28x1x64xf32>
// CHECK: %[[B:.*]] = tensor.insert_slice %[[G]] into %[[A]][0, 0, 28, 0] [%[[N]], 28, 1, 64]
// CHECK: tensor.insert_slice %[[X]] into %[[B]][0, 0, 0, 0] [%[[N]], 28, 28, 64]
// CHECK-NOT: linalg.fill
func.func @image(%x: tensor<?x28x28x64xf32>, %n: index) -> tensor<?x29x29x64xf32> {
  %low = arith.constant 0xFF800000 : f32
  %e = tensor.empty(%n) : tensor<?x29x29x64xf32>
  %f = linalg.fill ins(%low : f32) outs(%e : tensor<?x29x29x64xf32>) -> tensor<?x29x29x64xf32>
  %y = tensor.insert_slice %x into %f[0, 0, 0, 0] [%n, 28, 28, 64] [1, 1, 1, 1] : tensor<?x28x28x64xf32> into tensor<?x29x29x64xf32>
  return %y : tensor<?x29x29x64xf32>
}

// Steps leave holes inside: all of it is filled. So it is where somebody else reads the fill.
// CHECK-LABEL: func.func @holes
// CHECK: linalg.fill {{.*}} -> tensor<8xf32>
// CHECK-LABEL: func.func @read
// CHECK: linalg.fill {{.*}} -> tensor<8xf32>
func.func @holes(%x: tensor<4xf32>) -> tensor<8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %y = tensor.insert_slice %x into %f[0] [4] [2] : tensor<4xf32> into tensor<8xf32>
  return %y : tensor<8xf32>
}
func.func @read(%x: tensor<4xf32>) -> (tensor<8xf32>, tensor<8xf32>) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
  %y = tensor.insert_slice %x into %f[0] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %y, %f : tensor<8xf32>, tensor<8xf32>
}
