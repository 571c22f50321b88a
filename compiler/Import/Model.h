// A model in memory while it is prepared, and walks over its graphs.
#ifndef COMPILER_IMPORT_MODEL_H
#define COMPILER_IMPORT_MODEL_H
#include "compiler/Import/Import.h"
#include "compiler/Import/ModelHash.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <onnx/onnx_pb.h>
#include <string>
#include <vector>

namespace motion {

/// A free dimension of the inputs, in parameter order.
struct FreeDim {
  std::string name;
  int64_t min, max;
};

/// A model on its way through import: each step changes `proto` in place.
struct Model {
  std::string path, folder;
  ModelHash hash; ///< of the file, then of the external data files in the order of their first use
  ::onnx::ModelProto proto;
  std::vector<FreeDim> dims;

  ::onnx::GraphProto &graph() { return *proto.mutable_graph(); }
};

/// Calls `visit` for the graph and every graph inside of its nodes, outer ones first.
void forEachGraph(::onnx::GraphProto &graph, llvm::function_ref<void(::onnx::GraphProto &)> visit);
/// Calls `visit` for every node of the model, bodies and local functions included.
void forEachNode(::onnx::ModelProto &model, llvm::function_ref<void(::onnx::NodeProto &)> visit);
/// The same for one graph and those inside of its nodes.
void forEachNode(::onnx::GraphProto &graph, llvm::function_ref<void(::onnx::NodeProto &)> visit);

/// The node's name, or `OpType_output` when it has none.
std::string nodeName(const ::onnx::NodeProto &node);
/// The operator's name in the onnx dialect: "Relu", "ml.Scaler".
std::string mnemonic(const ::onnx::NodeProto &node);
/// The version of a domain that the model imports; 0 when it does not.
int importedVersion(const ::onnx::ModelProto &model, llvm::StringRef domain);
/// The newest version of a domain that the library knows; 0 for domains of others.
int newestVersion(llvm::StringRef domain);

} // namespace motion
#endif
