// RUN: motionc-opt %s --split-input-file --motion-plan-memory --canonicalize --cse --verify-diagnostics | FileCheck %s

// Buffers of disjoint lifetimes share their place; the in-between one does not.
// CHECK-LABEL: func.func @chain(
// CHECK-SAME:    %arg0: memref<8xf32>, %arg1: memref<i8> {kernel.constants, llvm.align = 64 : i64, llvm.noalias},
// CHECK-SAME:    %[[WS:.*]]: memref<i8> {kernel.workspace, llvm.align = 64 : i64, llvm.noalias})
// CHECK-DAG:   %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:   %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:   %[[BASE:.*]] = memref.reinterpret_cast %[[WS]] to offset: [0], sizes: [128], strides: [1] : memref<i8> to memref<128xi8>
// CHECK:       %[[A:.*]] = memref.view %[[BASE]][%[[C0]]][] : memref<128xi8> to memref<8xf32>
// CHECK:       memref.copy %arg0, %[[A]]
// CHECK:       %[[B:.*]] = memref.view %[[BASE]][%[[C64]]][] : memref<128xi8> to memref<8xf32>
// CHECK:       memref.copy %[[A]], %[[B]]
// CHECK:       memref.copy %[[B]], %[[A]]
// CHECK:       memref.copy %[[A]], %arg0
// CHECK-NOT:   memref.alloc
// CHECK:       func.func @chain.workspace() -> index
// CHECK-NEXT:    %[[TOTAL:.*]] = arith.constant 128 : index
// CHECK-NEXT:    return %[[TOTAL]]
func.func @chain(%x: memref<8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  memref.copy %a, %b : memref<8xf32> to memref<8xf32>
  %c = memref.alloc() : memref<8xf32>
  memref.copy %b, %c : memref<8xf32> to memref<8xf32>
  memref.copy %c, %x : memref<8xf32> to memref<8xf32>
  memref.dealloc %a : memref<8xf32>
  return
}

// -----

// A view keeps its buffer alive.
// CHECK-LABEL: func.func @view
// CHECK:       sizes: [192]
func.func @view(%x: memref<8xf32>, %z: memref<2x4xf32>) {
  %a = memref.alloc() : memref<8xf32>
  memref.copy %x, %a : memref<8xf32> to memref<8xf32>
  %v = memref.expand_shape %a [[0, 1]] output_shape [2, 4] : memref<8xf32> into memref<2x4xf32>
  %b = memref.alloc() : memref<8xf32>
  memref.copy %a, %b : memref<8xf32> to memref<8xf32>
  %c = memref.alloc() : memref<8xf32>
  memref.copy %b, %c : memref<8xf32> to memref<8xf32>
  memref.copy %c, %x : memref<8xf32> to memref<8xf32>
  memref.copy %v, %z : memref<2x4xf32> to memref<2x4xf32>
  return
}

// -----

// Dynamic buffers: slots behind the static area, sizes rounded up to 64 bytes, the larger member decides.
// CHECK-LABEL: func.func @dynamic(%arg0: index
// CHECK-DAG:   %[[C40:.*]] = arith.constant 40 : index
// CHECK-DAG:   %[[C1024:.*]] = arith.constant 1024 : index
// CHECK-DAG:   %[[C63:.*]] = arith.constant 63 : index
// CHECK-DAG:   %[[CM64:.*]] = arith.constant -64 : index
// CHECK-DAG:   %[[C128:.*]] = arith.constant 128 : index
// CHECK-DAG:   %[[LARGE:.*]] = arith.muli %arg0, %[[C1024]]
// CHECK-DAG:   %[[EXACT:.*]] = arith.muli %arg0, %[[C40]]
// CHECK-DAG:   %[[UP:.*]] = arith.addi %[[EXACT]], %[[C63]]
// CHECK-DAG:   %[[SMALL:.*]] = arith.andi %[[UP]], %[[CM64]]
// CHECK-DAG:   %[[END1:.*]] = arith.addi %[[LARGE]], %[[C128]]
// CHECK-DAG:   %[[TOTAL:.*]] = arith.addi %[[END1]], %[[SMALL]]
// CHECK:       memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [%[[TOTAL]]]
// CHECK-DAG:   memref.view %{{.*}}[%[[C128]]][%arg0] : memref<?xi8> to memref<?x256xf32>
// CHECK-DAG:   memref.view %{{.*}}[%[[END1]]][%arg0] : memref<?xi8> to memref<?x10xf32>
// CHECK-DAG:   memref.view %{{.*}}[%[[C128]]][%arg0] : memref<?xi8> to memref<?x64xf32>
// CHECK:       func.func @dynamic.workspace(%{{.*}}: index {onnx.dim = "batch"}) -> index
func.func @dynamic(%batch: index {onnx.dim = "batch"}, %f: f32) {
  %s = memref.alloc() : memref<20xf32>
  %a = memref.alloc(%batch) : memref<?x256xf32>
  linalg.fill ins(%f : f32) outs(%s : memref<20xf32>)
  linalg.fill ins(%f : f32) outs(%a : memref<?x256xf32>)
  %b = memref.alloc(%batch) : memref<?x10xf32>
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a : memref<?x256xf32>) outs(%b : memref<?x10xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  %c = memref.alloc(%batch) : memref<?x64xf32>
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (i, j)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%b : memref<?x10xf32>) outs(%c : memref<?x64xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

// -----

// Constants are views into the constant section.
// CHECK-LABEL: func.func @constants(
// CHECK-SAME:    %arg0: memref<4xf32>, %[[C:.*]]: memref<i8> {kernel.constants
// CHECK-DAG:   %[[C64:.*]] = arith.constant 64 : index
// CHECK-DAG:   %[[BYTES:.*]] = memref.reinterpret_cast %[[C]] to offset: [0], sizes: [80], strides: [1] : memref<i8> to memref<80xi8>
// CHECK:       memref.view %[[BYTES]][%[[C64]]][] : memref<80xi8> to memref<4xf32>
func.func @constants(%y: memref<4xf32>) {
  %w = kernel.constant 64 : memref<4xf32>
  memref.copy %w, %y : memref<4xf32> to memref<4xf32>
  return
}

// -----

func.func @unknown(%p: memref<index>, %f: f32) {
  %n = memref.load %p[] : memref<index>
  // expected-error @+1 {{depends on values that are computed in the run}}
  %a = memref.alloc(%n) : memref<?xf32>
  linalg.fill ins(%f : f32) outs(%a : memref<?xf32>)
  return
}
