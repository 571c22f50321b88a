// RUN: motionc-opt %s --motion-outline-kernels --canonicalize --cse | FileCheck %s

// A loop over tiles in two dimensions, with scratch, and a single op. Buffers of the workspace are passed by their start, arguments as
// they are; sizes come as scalars; views are rebuilt in the kernel. A kernel may not take the name of another symbol.
// CHECK-LABEL: func.func @m(
// CHECK-SAME:    %[[X:.*]]: memref<f32>, %[[N:.*]]: index, %[[Y:.*]]: memref<f32>,
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG:     %[[A:.*]] = memref.view {{.*}} to memref<?x?x8xf32>
// CHECK-DAG:     %[[S:.*]] = memref.view {{.*}} {kernel.scratch} : memref<?xi8> to memref<448xi8>
// CHECK-DAG:     %[[AP:.*]] = memref.reinterpret_cast %[[A]] to offset: [0], sizes: [], strides: [] : memref<?x?x8xf32> to memref<f32>
// CHECK-DAG:     %[[SP:.*]] = memref.reinterpret_cast %[[S]] to offset: [0], sizes: [], strides: [] : memref<448xi8> to memref<i8>
// CHECK-DAG:     %[[ROWS:.*]] = arith.ceildivui %[[N]], %c14
// CHECK-DAG:     %[[COLUMNS:.*]] = arith.subi %[[N]], %c2
// CHECK:         %[[TILES:.*]] = arith.muli %[[ROWS]], %[[COLUMNS]]
// CHECK-NEXT:    call @m.exp_b(%[[X]], %[[AP]], %[[SP]], %[[N]], %[[C0]], %[[TILES]])
// CHECK-NEXT:    call @m.workspace_2(%[[AP]], %[[Y]], %[[N]])
// CHECK-NEXT:    return

// CHECK:       func.func private @m.exp_b(%{{.*}}: memref<f32> {llvm.noalias}, %[[KA:.*]]: memref<f32> {llvm.align = 64 : i64, llvm.noalias},
// CHECK-SAME:    %[[KS:.*]]: memref<i8> {kernel.scratch, llvm.align = 64 : i64, llvm.noalias}, %[[KN:.*]]: index, %[[LO:.*]]: index, %[[HI:.*]]: index)
// CHECK-SAME:    attributes {kernel.nodes = ["exp/b", "exp/a"], kernel.tiles, no_inline}
// CHECK:         %[[STRIDE:.*]] = arith.muli %[[KN]], %c8
// CHECK:         memref.reinterpret_cast %[[KA]] to offset: [0], sizes: [%[[KN]], %[[KN]], 8], strides: [%[[STRIDE]], 8, 1] : memref<f32> to memref<?x?x8xf32>
// CHECK:         %[[KCOLUMNS:.*]] = arith.subi %[[KN]], %c2
// CHECK:         scf.for %[[T:.*]] = %[[LO]] to %[[HI]] step %c1
// CHECK:           %[[ROW:.*]] = arith.divui %[[T]], %[[KCOLUMNS]]
// CHECK:           %[[I:.*]] = arith.muli %[[ROW]], %c14
// CHECK:           memref.subview %{{.*}}[%[[I]], 0]
// CHECK:           linalg.map
// CHECK:           linalg.map

// CHECK:       func.func private @m.workspace_2(%{{.*}}: memref<f32> {llvm.align = 64 : i64, llvm.noalias}, %{{.*}}: memref<f32> {llvm.noalias}, %{{.*}}: index)
// CHECK-SAME:    kernel.nodes = ["workspace"]
// CHECK-NOT:     scf.for
// CHECK:         linalg.map
func.func @m(%x: memref<f32>, %n: index, %y: memref<f32>, %constants: memref<i8> {llvm.align = 64 : i64}, %ws: memref<i8> {llvm.align = 64 : i64}) {
  %c0 = arith.constant 0 : index
  %c448 = arith.constant 448 : index
  %b = memref.reinterpret_cast %ws to offset: [0], sizes: [%n], strides: [1] : memref<i8> to memref<?xi8>
  %a = memref.view %b[%c448][%n, %n] : memref<?xi8> to memref<?x?x8xf32>
  %s = memref.view %b[%c0][] {kernel.scratch} : memref<?xi8> to memref<448xi8>
  %xm = memref.reinterpret_cast %x to offset: [0], sizes: [%n, 8], strides: [8, 1] : memref<f32> to memref<?x8xf32>
  %ym = memref.reinterpret_cast %y to offset: [0], sizes: [%n, 8], strides: [8, 1] : memref<f32> to memref<?x8xf32>
  %av = memref.collapse_shape %a [[0, 1], [2]] : memref<?x?x8xf32> into memref<?x8xf32>
  scf.forall (%i, %j) = (0, 2) to (%n, %n) step (14, 1) {
      %0 = affine.min affine_map<(d0)[s0] -> (14, s0 - d0)>(%i)[%n]
      %subview = memref.subview %xm[%i, 0] [%0, 8] [1, 1] : memref<?x8xf32> to memref<?x8xf32, strided<[8, 1], offset: ?>>
      %subview_2 = memref.subview %av[%i, 0] [%0, 8] [1, 1] : memref<?x8xf32> to memref<?x8xf32, strided<[8, 1], offset: ?>>
      %view = memref.view %s[%c0][%0] : memref<448xi8> to memref<?x8xf32>
      linalg.map { math.exp } ins(%subview : memref<?x8xf32, strided<[8, 1], offset: ?>>) outs(%view : memref<?x8xf32>) loc("exp/a")
      linalg.map { math.exp } ins(%view : memref<?x8xf32>) outs(%subview_2 : memref<?x8xf32, strided<[8, 1], offset: ?>>)  loc("exp/b")
  } loc("exp/b")
  linalg.map { math.log } ins(%av : memref<?x8xf32>) outs(%ym : memref<?x8xf32>) loc("workspace")
  return
}
func.func @m.workspace(%n: index) -> index {
  return %n : index
}

// A buffer read and written in place is one argument. Kernels inside of loops are kernels as well.
// CHECK-LABEL: func.func @in_place(
// CHECK:         scf.for
// CHECK:           call @in_place.kernel(%[[P:[a-z_0-9]*]]) : (memref<f32>) -> ()
func.func @in_place(%n: index, %constants: memref<i8>, %ws: memref<i8>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = memref.reinterpret_cast %ws to offset: [0], sizes: [32], strides: [1] : memref<i8> to memref<32xi8>
  %a = memref.view %b[%c0][] : memref<32xi8> to memref<8xf32>
  scf.for %i = %c0 to %n step %c1 {
    linalg.map { math.exp } ins(%a : memref<8xf32>) outs(%a : memref<8xf32>)
  }
  return
}

// A loop over single elements is a kernel, not the code of the model's function: tasks do it once.
// CHECK-LABEL: func.func @scatter
// CHECK-NOT:     scf.for
// CHECK:         call @scatter.updates(
// CHECK:       func.func private @scatter.updates(
// CHECK:         scf.for
// CHECK:           memref.store
func.func @scatter(%x: memref<8xf32>, %u: memref<4xf32>, %i: memref<4xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  scf.for %k = %c0 to %c4 step %c1 {
    %at = memref.load %i[%k] : memref<4xindex>
    %value = memref.load %u[%k] : memref<4xf32>
    memref.store %value, %x[%at] : memref<8xf32>
  } loc("updates")
  return
}
