// Nine tensors, two free dimensions, a host: out0[n] = in0[n] + ... is not needed here; the function writes n, m and the host's pointer to out0, and
// the sum of the first elements of all inputs to out1.
module attributes {onnx.source = "many.onnx"} {
  llvm.func @many(%a: !llvm.ptr {onnx.name = "a", onnx.type = 7 : i32, onnx.dims = ["n"]}, %b: !llvm.ptr {onnx.name = "A", onnx.type = 7 : i32, onnx.dims = ["m", "n"]},
                  %c: !llvm.ptr {onnx.name = "workspace", onnx.type = 7 : i32, onnx.dims = []}, %d: !llvm.ptr {onnx.name = "d", onnx.type = 7 : i32, onnx.dims = [1]},
                  %e: !llvm.ptr {onnx.name = "e", onnx.type = 7 : i32, onnx.dims = [1, "n", 2, "n", 3]}, %f: !llvm.ptr {onnx.name = "f", onnx.type = 7 : i32, onnx.dims = [1]},
                  %g: !llvm.ptr {onnx.name = "a_very_long_name_of_a_tensor_that_goes_beyond_the_limit", onnx.type = 7 : i32, onnx.dims = [1]},
                  %n: i64 {onnx.dim = "n"}, %m: i64 {onnx.dim = "m"},
                  %out0: !llvm.ptr {onnx.name = "out0", onnx.type = 7 : i32, onnx.dims = [3], onnx.output},
                  %out1: !llvm.ptr {onnx.name = "out1", onnx.type = 7 : i32, onnx.dims = [1], onnx.output},
                  %constants: !llvm.ptr {kernel.constants}, %workspace: !llvm.ptr {kernel.workspace}, %host: !llvm.ptr {kernel.host})
      attributes {onnx.dims = [{name = "n", min = 0, max = 9223372036854775807}, {name = "m", min = 2, max = 4611686018427387904}]} {
    %a0 = llvm.load %a : !llvm.ptr -> i64
    %b0 = llvm.load %b : !llvm.ptr -> i64
    %c0 = llvm.load %c : !llvm.ptr -> i64
    %d0 = llvm.load %d : !llvm.ptr -> i64
    %e0 = llvm.load %e : !llvm.ptr -> i64
    %f0 = llvm.load %f : !llvm.ptr -> i64
    %g0 = llvm.load %g : !llvm.ptr -> i64
    %1 = llvm.add %a0, %b0 : i64
    %2 = llvm.add %c0, %d0 : i64
    %3 = llvm.add %e0, %f0 : i64
    %4 = llvm.add %1, %2 : i64
    %5 = llvm.add %3, %g0 : i64
    %6 = llvm.add %4, %5 : i64
    llvm.store %6, %out1 : i64, !llvm.ptr
    llvm.store %n, %out0 : i64, !llvm.ptr
    %p1 = llvm.getelementptr %out0[1] : (!llvm.ptr) -> !llvm.ptr, i64
    llvm.store %m, %p1 : i64, !llvm.ptr
    %p2 = llvm.getelementptr %out0[2] : (!llvm.ptr) -> !llvm.ptr, i64
    llvm.store %host, %p2 : !llvm.ptr, !llvm.ptr
    llvm.return
  }
  llvm.func @many.workspace(%n: i64, %m: i64) -> i64 {
    %eight = llvm.mlir.constant(8 : i64) : i64
    %64 = llvm.mlir.constant(64 : i64) : i64
    %0 = llvm.mul %n, %m : i64
    %1 = llvm.mul %0, %eight : i64
    %2 = llvm.add %1, %64 : i64
    llvm.return %2 : i64
  }
}
