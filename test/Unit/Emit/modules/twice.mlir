// y = x twice, one after the other: the rows of y are a dimension that follows from the batch.
module attributes {onnx.source = "twice.onnx", onnx.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"} {
  llvm.func @twice(%x: !llvm.ptr {onnx.name = "x", onnx.type = 11 : i32, onnx.dims = ["batch", 2]}, %batch: i64 {onnx.dim = "batch"},
                   %y: !llvm.ptr {onnx.name = "y", onnx.type = 11 : i32, onnx.dims = ["y_dim0", 2], onnx.output},
                   %constants: !llvm.ptr {kernel.constants}, %workspace: !llvm.ptr {kernel.workspace})
      attributes {onnx.dims = [{name = "batch", min = 1, max = 8}, {name = "y_dim0", min = 2, max = 16, formula = "2 * batch"}]} {
    %16 = llvm.mlir.constant(16 : i64) : i64
    %bytes = llvm.mul %batch, %16 : i64
    %second = llvm.getelementptr %y[%bytes] : (!llvm.ptr, i64) -> !llvm.ptr, i8
    "llvm.intr.memcpy"(%y, %x, %bytes) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
    "llvm.intr.memcpy"(%second, %x, %bytes) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
    llvm.return
  }
  llvm.func @twice.workspace(%batch: i64) -> i64 {
    %zero = llvm.mlir.constant(0 : i64) : i64
    llvm.return %zero : i64
  }
  llvm.func @twice.derived.0(%batch: i64) -> i64 {
    %two = llvm.mlir.constant(2 : i64) : i64
    %rows = llvm.mul %batch, %two : i64
    llvm.return %rows : i64
  }
}
