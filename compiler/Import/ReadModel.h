// Reading the model file.
#ifndef COMPILER_IMPORT_READMODEL_H
#define COMPILER_IMPORT_READMODEL_H
#include "compiler/Import/Model.h"

namespace motion {
/// Reads and parses `model.path`. Refuses what is no file, is empty, cut off, or no ONNX model.
void readModel(Model &model);
} // namespace motion
#endif
