// Moving tensors out of the model before the ONNX library works on it.
#ifndef COMPILER_IMPORT_MOVEWEIGHTS_H
#define COMPILER_IMPORT_MOVEWEIGHTS_H
#include "compiler/Import/Model.h"
#include <optional>

namespace motion {

/// Tensors of up to this many elements stay in the model: shapes, axes and scalars that shape inference and lowerings read.
constexpr int64_t smallTensor = 64;

/// Moves the larger tensors of initialisers and attributes to the store, and reads external data. What stays has its data in the message.
void moveWeights(Model &model, WeightStore &weights);
/// The entry of the store that holds a tensor's data, if it was moved.
std::optional<unsigned> movedTo(const ::onnx::TensorProto &tensor);

} // namespace motion
#endif
