// Names and bounds of the model's dimensions.
#ifndef COMPILER_IMPORT_NAMEDIMENSIONS_H
#define COMPILER_IMPORT_NAMEDIMENSIONS_H
#include "compiler/Import/Model.h"

namespace motion {

/// Before shape inference. Gives every unnamed dimension of an input the name `TENSOR_dimAXIS`, binds `--dim` values, and collects the free
/// dimensions in `model.dims`. The names that results declare are remembered.
class DimensionNames {
public:
  void nameInputs(Model &model, const std::vector<DimBinding> &bindings);
  /// After shape inference. Gives every dimension of a result that is not a number the name of the free dimension that it equals, the
  /// name that the model declares, or `TENSOR_dimAXIS`.
  void nameOutputs(Model &model);

private:
  std::vector<std::vector<std::string>> declared; ///< of the outputs, per axis
};

} // namespace motion
#endif
