// What the ONNX library does to a model, step by step.
#ifndef COMPILER_IMPORT_CONVERTMODEL_H
#define COMPILER_IMPORT_CONVERTMODEL_H
#include "compiler/Import/Model.h"

namespace motion {

/// Makes the model plain before it is checked: one spelling of the default domain, names for nodes, no inputs that initialisers give, no
/// training information, and only the wanted outputs.
void normaliseModel(Model &model, const std::vector<std::string> &outputs);
/// Refuses, in one list, every operator that can neither be lowered nor expanded. Run before and after conversion.
void refuseUnsupportedOperators(Model &model, const llvm::StringSet<> *supported);
/// Refuses, in one list, values that are no tensors (sequences, optionals, maps, sparse ones) and strings. Needs inferred types.
void refuseUnsupportedTypes(Model &model);
/// Brings every node to the newest version of its operator.
void convertOpset(Model &model);
/// Replaces calls of schema functions that are not supported by the functions' bodies, in bodies of control flow too.
void expandFunctions(Model &model, const llvm::StringSet<> &supported);
/// Infers types and shapes of every value, following the values of small integer tensors. Throws what the library finds inconsistent.
void inferShapes(Model &model);
/// The same for what loops carry, given the inference of all else, which has run already.
void inferLoopShapes(Model &model, llvm::function_ref<void()> infer);

} // namespace motion
#endif
