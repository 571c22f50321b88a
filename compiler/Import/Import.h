// The import stage: an .onnx file in, a module of the onnx dialect and a filled WeightStore out.
#ifndef COMPILER_IMPORT_IMPORT_H
#define COMPILER_IMPORT_IMPORT_H
#include "compiler/Weights/WeightStore.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringSet.h"
#include <cstdint>
#include <string>
#include <vector>

namespace motion {

/// `--dim name=min` (min == max: the dimension becomes a number) or `--dim name=min..max` (it stays free within bounds).
struct DimBinding {
  std::string name;
  int64_t min, max;
};

/// Bounds of a free dimension that no binding names.
constexpr int64_t smallestDim = 1, largestDim = 1048576;

/// What the user asked for, as far as import is concerned.
struct ImportOptions {
  std::string name;                 ///< symbol prefix, a C identifier; empty: made from the file's stem
  std::vector<DimBinding> dims;     ///< by the names of the model's dimensions, `TENSOR_dimAXIS` for unnamed ones
  std::vector<std::string> outputs; ///< results to keep, in the model's order; empty: all
  /// Mnemonics of the operators that have a lowering ("Relu", "ml.Scaler"). Functions of the schemas that are not among them are expanded,
  /// everything else is refused. Null: nothing is expanded, and every operator of the onnx dialect is accepted.
  const llvm::StringSet<> *supported = nullptr;
};

/// The symbol prefix that a file's stem gives: every run of characters outside of [A-Za-z0-9] is one `_`, a leading digit gets a prefix, and
/// what is longer than 48 characters is cut and ends in digits of its SHA-256.
std::string symbolPrefix(llvm::StringRef path);

/// Reads, checks, converts and imports a model. Errors are emitted as diagnostics that start with the file's name.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>> importModel(llvm::StringRef path, const ImportOptions &options, WeightStore &weights,
                                                               mlir::MLIRContext &context);

} // namespace motion
#endif
