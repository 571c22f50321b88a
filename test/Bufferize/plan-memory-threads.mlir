// RUN: motionc-opt %s --split-input-file --motion-plan-memory=threads=4 --canonicalize --cse | FileCheck %s

// Scratch of a loop over tiles: its upper bound, once for each of the four slices.
// CHECK-LABEL: func.func @scratch
// CHECK:       %[[BASE:.*]] = memref.reinterpret_cast %{{.*}} to offset: [0], sizes: [4096]
// CHECK:       %[[AREA:.*]] = memref.view %[[BASE]][%c0][] {kernel.scratch} : memref<4096xi8> to memref<1024xi8>
// CHECK:       scf.forall
// CHECK:         memref.view %[[AREA]][%c0][%{{.*}}] : memref<1024xi8> to memref<?x16xf32>
// CHECK:         memref.view %[[AREA]][%c896][] : memref<1024xi8> to memref<32xf32>
// CHECK:       func.func @scratch.workspace(%arg0: index) -> index
// CHECK-NEXT:    arith.constant 4096
func.func @scratch(%n: index, %f: f32) {
  scf.forall (%i) = (0) to (%n) step (14) {
    %rows = affine.min affine_map<(d0)[s0] -> (14, s0 - d0)>(%i)[%n]
    %s = memref.alloc(%rows) : memref<?x16xf32>
    linalg.fill ins(%f : f32) outs(%s : memref<?x16xf32>)
    %t = memref.alloc() : memref<32xf32>
    linalg.fill ins(%f : f32) outs(%t : memref<32xf32>)
    linalg.fill ins(%f : f32) outs(%s : memref<?x16xf32>)
  }
  return
}

// -----

// Scratch whose size follows from a dimension that is no tile.
// CHECK-LABEL: func.func @dynamic_scratch
// CHECK-DAG:   %[[C896:.*]] = arith.constant 896 : index
// CHECK-DAG:   %[[C3584:.*]] = arith.constant 3584 : index
// CHECK-DAG:   %[[SLICE:.*]] = arith.muli %arg0, %[[C896]]
// CHECK-DAG:   %[[SLICES:.*]] = arith.muli %arg0, %[[C3584]]
// CHECK:       %[[BASE:.*]] = memref.reinterpret_cast
// CHECK:       memref.view %[[BASE]][%c0][%[[SLICE]]] {kernel.scratch} : memref<?xi8> to memref<?xi8>
func.func @dynamic_scratch(%n: index, %f: f32) {
  scf.forall (%i) = (0) to (%n) step (14) {
    %rows = affine.min affine_map<(d0)[s0] -> (14, s0 - d0)>(%i)[%n]
    %s = memref.alloc(%rows, %n) : memref<?x?x16xf32>
    linalg.fill ins(%f : f32) outs(%s : memref<?x?x16xf32>)
  }
  return
}
