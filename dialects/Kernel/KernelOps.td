// The kernel dialect: what linalg has no form for. See README.md for the reasons.
#ifndef DIALECTS_KERNEL_KERNELOPS_TD
#define DIALECTS_KERNEL_KERNELOPS_TD
include "mlir/IR/OpBase.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"

def Kernel_Dialect : Dialect {
  let name = "kernel";
  let cppNamespace = "::motion::kernel";
  let summary = "Contractions, weights and routine calls";
}

class Kernel_Op<string mnemonic, list<Trait> traits = []> : Op<Kernel_Dialect, mnemonic, traits>;

def Kernel_WeightOp : Kernel_Op<"weight", [Pure]> {
  let summary = "A tensor of the WeightStore";
  let description = [{
    The bytes stay in the WeightStore (a mapped file, or the model's own memory), entry `id`, row-major without gaps in the element type's
    storage form; no attribute ever holds them. Signedness is that of the onnx dialect until linalg makes it signless.
    ```mlir
    %w = kernel.weight 3 : tensor<256x132xf32>
    ```
  }];
  let arguments = (ins I64Attr:$id);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$id attr-dict `:` type($result)";
}

def Kernel_ConstantOp : Kernel_Op<"constant", [Pure, DeclareOpInterfaceMethods<BufferizableOpInterface,
    ["isWritable", "bufferizesToAllocation", "bufferize"]>]> {
  let summary = "A tensor in the library's constant section";
  let description = [{
    `offset`: bytes from the start of the section, a multiple of 64. The contents are computed by the function `@constants` when compiling.
    On tensors before bufferization, afterwards a read-only memref.
    ```mlir
    %w = kernel.constant 4096 : tensor<4x132x64xf32>
    ```
  }];
  let arguments = (ins I64Attr:$offset);
  let results = (outs AnyShaped:$result);
  let assemblyFormat = "$offset attr-dict `:` type($result)";
  let extraClassDeclaration = [{
    /// The constant that a tensor is, a reshape or a slice of; null for other tensors.
    static ConstantOp of(::mlir::Value tensor);
  }];
}

def Kernel_YieldOp : Kernel_Op<"yield", [Pure, Terminator]> {
  let summary = "Ends the epilogue of a contraction";
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
}

def Kernel_ContractOp : Kernel_Op<"contract", [AttrSizedOperandSegments, SingleBlock, IsolatedFromAbove, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<TilingInterface, ["getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation", "getResultTilePosition",
      "generateResultTileValue", "getIterationDomainTileFromResultTile"]>,
    DeclareOpInterfaceMethods<BufferizableOpInterface, ["bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues",
      "bufferizesToElementwiseAccess", "bufferize"]>]> {
  let summary = "A sum of products over strided, overlapping or packed operands, with an epilogue";
  let description = [{
    For every point of the parallel dimensions: `acc = sum over the other dimensions of a[map_a] * b[map_b]`, and the epilogue region turns
    `acc` and one element of each extra into the stored value. Matrix products, convolutions of any rank, grouped or dilated, are all this op.

    `indexing_maps`: one for a, b, each extra and each init, over the same dimensions. A dimension is parallel iff it occurs in the init's map;
    init maps are projected permutations. Maps of `a` may add (`oh*2 + kh`), those of `b` may split (`n floordiv 64, k, n mod 64`: packed panels).
    `padding`: when present one entry per dimension of `a`: -1, or the number of zeros before the first element of a padded dimension; the
    map then counts from the first padding zero, reads outside of `a` give 0, and `a` is never sliced along it: `origin`, one index per
    dimension of `a`, is added to the map's result (0 until tiling moves it).
    `skip_zeros`: `a` is likely to hold many zeros, and `b` only finite numbers, so that products with those zeros need not be made.
    Inits are only written. Epilogue arguments: the accumulator, then one element per extra; constants of the epilogue live inside it.

    ```mlir
    %y = kernel.contract ins(%x, %w : tensor<?x132xf32>, tensor<132x256xf32>) extra(%bias : tensor<256xf32>) outs(%e : tensor<?x256xf32>)
        attributes {indexing_maps = [(m, n, k) -> (m, k), (m, n, k) -> (k, n), (m, n, k) -> (n), (m, n, k) -> (m, n)]} {
    ^bb0(%acc: f32, %b: f32):
      %s = arith.addf %acc, %b : f32
      kernel.yield %s : f32
    } -> tensor<?x256xf32>
    ```
  }];
  let arguments = (ins AnyShaped:$a, AnyShaped:$b, Variadic<AnyShaped>:$extras, Variadic<Index>:$origin, Variadic<AnyShaped>:$inits,
                       AffineMapArrayAttr:$indexing_maps, OptionalAttr<DenseI64ArrayAttr>:$padding, UnitAttr:$skip_zeros);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let regions = (region SizedRegion<1>:$epilogue);
  let hasVerifier = 1;
  let builders = [
    OpBuilder<(ins "::mlir::Value":$a, "::mlir::Value":$b, "::mlir::ValueRange":$extras, "::mlir::ValueRange":$inits,
      "::llvm::ArrayRef<::mlir::AffineMap>":$maps, "::llvm::ArrayRef<int64_t>":$padding,
      "::llvm::function_ref<::mlir::Value(::mlir::OpBuilder &, ::mlir::Location, ::mlir::ValueRange)>":$epilogue)>
  ];
  let assemblyFormat = [{
    `ins` `(` $a `,` $b `:` type($a) `,` type($b) `)` (`extra` `(` $extras^ `:` type($extras) `)`)? (`at` `(` $origin^ `)`)?
    `outs` `(` $inits `:` type($inits) `)` attr-dict-with-keyword $epilogue (`->` type($results)^)?
  }];
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
    ::llvm::SmallVector<::mlir::AffineMap> getMaps() { return ::llvm::to_vector(getIndexingMaps().getAsValueRange<::mlir::AffineMapAttr>()); }
    unsigned getNumLoops() { return getMaps().front().getNumDims(); }
    /// Dimensions that occur in the first init's map.
    ::llvm::SmallVector<bool> getParallelDims();
    /// Map of an operand; null for origin operands.
    ::mlir::AffineMap getMap(::mlir::OpOperand &operand);
    /// Extent of every loop dimension, read off the operands (inits first, so that equal dimensions are one value).
    ::llvm::SmallVector<::mlir::OpFoldResult> getLoopSizes(::mlir::OpBuilder &b);
  }];
}
#endif
