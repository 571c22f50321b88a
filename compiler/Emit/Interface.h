// What a library shows to its callers: tensors, dimensions, parameters, read from a module's attributes.
#ifndef COMPILER_EMIT_INTERFACE_H
#define COMPILER_EMIT_INTERFACE_H
#include "compiler/Emit/ElementType.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include <optional>
#include <string>
#include <vector>

namespace motion {

/// An input or output.
struct InterfaceTensor {
  std::string name, cName;
  const ElementType *type;
  std::vector<int64_t> dims; ///< a size, or -1-d for entry d of the model's dims
};

/// A dimension that is no constant: set by the caller, or derived from those by a formula.
struct InterfaceDim {
  std::string name, cName;
  int64_t min, max;
  std::optional<std::string> formula; ///< of a derived dimension, for people
  bool isFree() const { return !formula; }
};

/// One parameter of NAME_run.
struct Parameter {
  enum Kind { Input, Dim, Output, Workspace, Host } kind;
  unsigned index = 0; ///< into inputs, dims or outputs
};

/// A kernel as the description lists it: its name and the number of its nodes.
struct Kernel {
  std::string name;
  unsigned nodes;
};

/// Everything that header, description and exported functions agree on.
struct ModelInterface {
  std::string name;    ///< symbol prefix
  std::string source;  ///< bare name of the .onnx file
  std::vector<uint8_t> sha256;
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<InterfaceTensor> inputs, outputs;
  std::vector<InterfaceDim> dims;
  std::vector<Kernel> kernels;
  bool hasHost = false;

  /// The parameters in order; a parameter's place in this list is its position in errors.
  std::vector<Parameter> parameters() const;
  /// Above 8 tensors one struct holds tensors and dimensions.
  bool usesStruct() const { return inputs.size() + outputs.size() > 8; }
  /// The number that a header and the library made with it share.
  uint64_t hash() const;
  /// Elements or bytes of a tensor with the given size of each dim; nothing if that needs more than 63 bits.
  std::optional<uint64_t> elementCount(const InterfaceTensor &tensor, llvm::ArrayRef<int64_t> dimSizes) const;
  std::optional<uint64_t> byteCount(const InterfaceTensor &tensor, llvm::ArrayRef<int64_t> dimSizes) const;
  /// The largest size of every dim.
  std::vector<int64_t> largestDims() const;
};

/// The model's function: the one with `onnx.dims`. Null if there is none, or more than one.
mlir::LLVM::LLVMFuncOp findModelFunction(mlir::ModuleOp module);

/// Reads the interface. What is missing or contradicts itself is our own error and reported as such.
mlir::FailureOr<ModelInterface> readInterface(mlir::ModuleOp module);

} // namespace motion
#endif
