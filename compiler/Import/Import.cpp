// The stage from end to end: read, check, convert, expand, infer, build. All exceptions of the ONNX library and of this stage end here.
#include "compiler/Import/Import.h"
#include "compiler/Import/BuildModule.h"
#include "compiler/Import/ConvertModel.h"
#include "compiler/Import/ImportError.h"
#include "compiler/Import/MoveWeights.h"
#include "compiler/Import/NameDimensions.h"
#include "compiler/Import/ReadModel.h"
#include "dialects/Kernel/KernelDialect.h"
#include "dialects/Onnx/OnnxDialect.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Verifier.h"
#include <google/protobuf/stubs/logging.h>
#include <onnx/checker.h>
#include <onnx/inliner/inliner.h>

using namespace mlir;

namespace motion {
namespace {

/// The library's messages have lines of their own and a tag in front: one line each here.
std::string tidy(llvm::StringRef message) {
  SmallVector<llvm::StringRef> lines;
  message.split(lines, '\n', -1, /*KeepEmpty=*/false);
  std::string result;
  for (llvm::StringRef line : lines)
    if (line = line.trim(); !line.empty())
      result += (result.empty() ? "" : " ") + line.str();
  return result;
}

void inlineLocalFunctions(Model &model) {
  if (model.proto.functions_size() == 0)
    return;
  ::onnx::inliner::InlineLocalFunctions(model.proto, /*convert_version=*/true);
  if (model.proto.functions_size() != 0)
    refuse("its function '", model.proto.functions(0).name(), "' imports other versions of operator sets than the model does");
}

void prepareModel(Model &model, const ImportOptions &options, WeightStore &weights) {
  readModel(model);
  normaliseModel(model, options.outputs);
  refuseUnsupportedOperators(model, options.supported);
  moveWeights(model, weights);
  ::onnx::checker::check_model(model.proto);
  inlineLocalFunctions(model);
  DimensionNames names;
  names.nameInputs(model, options.dims);
  convertOpset(model);
  refuseUnsupportedOperators(model, options.supported);
  if (options.supported) {
    expandFunctions(model, *options.supported);
    refuseUnsupportedOperators(model, options.supported);
  }
  ::onnx::checker::check_model(model.proto);
  inferShapes(model);
  refuseUnsupportedTypes(model);
  names.nameOutputs(model);
}

} // namespace

std::string symbolPrefix(llvm::StringRef path) {
  constexpr size_t longest = 48, kept = 40;
  const llvm::StringRef stem = llvm::sys::path::stem(path);
  std::string result;
  for (char c : stem)
    if (llvm::isAlnum(c))
      result += c;
    else if (!result.empty() && result.back() != '_')
      result += '_';
  while (!result.empty() && result.back() == '_')
    result.pop_back();
  if (result.empty())
    return "model";
  if (llvm::isDigit(result.front()))
    result = "model_" + result;
  if (result.size() <= longest)
    return result;
  ModelHash hash;
  hash.update(stem);
  return llvm::StringRef(result).take_front(kept).rtrim('_').str() + "_" + hash.digits().substr(0, 6);
}

FailureOr<OwningOpRef<ModuleOp>> importModel(llvm::StringRef path, const ImportOptions &options, WeightStore &weights, MLIRContext &context) {
  context.loadDialect<onnx::OnnxDialect, kernel::KernelDialect, func::FuncDialect>();
  google::protobuf::SetLogHandler(nullptr);
  Model model;
  model.path = path.str();
  Location loc = UnknownLoc::get(&context);
  try {
    prepareModel(model, options, weights);
    OwningOpRef<ModuleOp> module = buildModule(model, options.name.empty() ? symbolPrefix(path) : options.name, weights, context);
    if (failed(verify(*module)))
      return failure();
    return module;
  } catch (const ImportError &error) {
    emitError(loc) << error.what();
  } catch (const std::bad_alloc &) {
    emitError(loc) << "needs more memory than there is";
  } catch (const std::exception &error) {
    emitError(loc) << "is not a valid model: " << tidy(error.what());
  }
  return failure();
}

} // namespace motion
