// y = 2 * x + w for x [batch, 4], w from the constants; the doubled values go through the workspace. One kernel, 16 bytes of workspace a row.
module attributes {onnx.source = "affine.onnx", onnx.sha256 = "5f0c43a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5ce1",
                   onnx.metadata = {author = "M\C3\BCller \22und\22 Sohn"}} {
  llvm.func @affine(%x: !llvm.ptr {onnx.name = "x:0", onnx.type = 1 : i32, onnx.dims = ["batch", 4], llvm.noalias},
                    %batch: i64 {onnx.dim = "batch"},
                    %y: !llvm.ptr {onnx.name = "y/out", onnx.type = 1 : i32, onnx.dims = ["batch", 4], onnx.output, llvm.noalias},
                    %constants: !llvm.ptr {kernel.constants, llvm.align = 64 : i64, llvm.noalias},
                    %workspace: !llvm.ptr {kernel.workspace, llvm.align = 64 : i64, llvm.noalias})
      attributes {onnx.dims = [{name = "batch", min = 1, max = 1048576}]} {
    %bytes = llvm.mlir.constant(16 : i64) : i64
    %size = llvm.mul %batch, %bytes : i64
    "llvm.intr.memcpy"(%workspace, %x, %size) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
    llvm.call @affine.Gemm_0(%workspace, %constants, %y, %batch) : (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
    llvm.return
  }
  llvm.func private @affine.Gemm_0(%a: !llvm.ptr, %w: !llvm.ptr, %y: !llvm.ptr, %rows: i64) attributes {kernel.nodes = ["Gemm_0", "Add_1"]} {
    %zero = llvm.mlir.constant(0 : i64) : i64
    %one = llvm.mlir.constant(1 : i64) : i64
    %four = llvm.mlir.constant(4 : i64) : i64
    %two = llvm.mlir.constant(dense<2.0> : vector<4xf32>) : vector<4xf32>
    %addend = llvm.load %w {alignment = 4 : i64} : !llvm.ptr -> vector<4xf32>
    llvm.br ^head(%zero : i64)
  ^head(%i: i64):
    %more = llvm.icmp "slt" %i, %rows : i64
    llvm.cond_br %more, ^body, ^end
  ^body:
    %offset = llvm.mul %i, %four : i64
    %from = llvm.getelementptr %a[%offset] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %to = llvm.getelementptr %y[%offset] : (!llvm.ptr, i64) -> !llvm.ptr, f32
    %value = llvm.load %from {alignment = 4 : i64} : !llvm.ptr -> vector<4xf32>
    %result = llvm.intr.fma(%value, %two, %addend) : (vector<4xf32>, vector<4xf32>, vector<4xf32>) -> vector<4xf32>
    llvm.store %result, %to {alignment = 4 : i64} : vector<4xf32>, !llvm.ptr
    %next = llvm.add %i, %one : i64
    llvm.br ^head(%next : i64)
  ^end:
    llvm.return
  }
  llvm.func @affine.workspace(%batch: i64 {onnx.dim = "batch"}) -> i64 {
    %four = llvm.mlir.constant(4 : i64) : i64
    %size = llvm.shl %batch, %four : i64
    llvm.return %size : i64
  }
}
