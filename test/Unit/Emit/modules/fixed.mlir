// A model without free dimensions, workspace or constants, whose function may fail: y[i] = table[x[i]] for i < 3; an index outside ends the run.
module attributes {onnx.source = "weird */ name.onnx", onnx.sha256 = "00000000000000000000000000000000000000000000000000000000000000ff"} {
  llvm.func @fixed(%x: !llvm.ptr {onnx.name = "387", onnx.type = 7 : i32, onnx.dims = [3]},
                   %table: !llvm.ptr {onnx.name = "float", onnx.type = 10 : i32, onnx.dims = [2, 5]},
                   %empty: !llvm.ptr {onnx.name = "empty", onnx.type = 1 : i32, onnx.dims = [0, 7]},
                   %y: !llvm.ptr {onnx.name = "a/*b??/\0A\22", onnx.type = 10 : i32, onnx.dims = [3, 5], onnx.output},
                   %s: !llvm.ptr {onnx.name = "", onnx.type = 22 : i32, onnx.dims = [5], onnx.output},
                   %constants: !llvm.ptr {kernel.constants}, %workspace: !llvm.ptr {kernel.workspace}) -> i32
      attributes {onnx.dims = []} {
    %zero = llvm.mlir.constant(0 : i64) : i64
    %one = llvm.mlir.constant(1 : i64) : i64
    %two = llvm.mlir.constant(2 : i64) : i64
    %three = llvm.mlir.constant(3 : i64) : i64
    %ten = llvm.mlir.constant(10 : i64) : i64
    %five = llvm.mlir.constant(5 : i64) : i64
    %done = llvm.mlir.constant(0 : i32) : i32
    %failed = llvm.mlir.constant(-5 : i32) : i32
    llvm.br ^head(%zero : i64)
  ^head(%i: i64):
    %more = llvm.icmp "slt" %i, %three : i64
    llvm.cond_br %more, ^body, ^end
  ^body:
    %place = llvm.getelementptr %x[%i] : (!llvm.ptr, i64) -> !llvm.ptr, i64
    %index = llvm.load %place : !llvm.ptr -> i64
    %inside = llvm.icmp "ult" %index, %two : i64
    llvm.cond_br %inside, ^copy, ^error
  ^copy:
    %row = llvm.mul %index, %five : i64
    %from = llvm.getelementptr %table[%row] : (!llvm.ptr, i64) -> !llvm.ptr, i16
    %target = llvm.mul %i, %five : i64
    %to = llvm.getelementptr %y[%target] : (!llvm.ptr, i64) -> !llvm.ptr, i16
    "llvm.intr.memcpy"(%to, %from, %ten) <{isVolatile = false}> : (!llvm.ptr, !llvm.ptr, i64) -> ()
    %next = llvm.add %i, %one : i64
    llvm.br ^head(%next : i64)
  ^end:
    llvm.return %done : i32
  ^error:
    llvm.return %failed : i32
  }
  llvm.func @fixed.workspace() -> i64 {
    %zero = llvm.mlir.constant(0 : i64) : i64
    llvm.return %zero : i64
  }
}
