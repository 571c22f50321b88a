// Large tensors go to the WeightStore before the ONNX library checks and converts the model, for it copies the model several times:
//   initializer { name: "w" dims: 256 dims: 132 raw_data: "..." }  ->  initializer { name: "w" dims: 256 dims: 132
//                                                                        data_location: EXTERNAL external_data { "location": "#3" } }
// The library takes a location that starts with '#' for data in memory, and leaves it alone.
#include "compiler/Import/MoveWeights.h"
#include "compiler/Import/ImportError.h"
#include "compiler/Import/TensorData.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FileSystem.h"
#include <onnx/checker.h>

using ::onnx::TensorProto;

namespace motion {
namespace {

constexpr llvm::StringRef location = "location";

class WeightMover {
public:
  WeightMover(Model &model, WeightStore &weights) : model(model), weights(weights) {}

  void move(::onnx::GraphProto &graph) {
    for (const ::onnx::SparseTensorProto &sparse : graph.sparse_initializer())
      refuse("initialiser '", sparse.values().name(), "' is sparse, which is not supported: store it as a dense tensor");
    for (TensorProto &tensor : *graph.mutable_initializer())
      move(tensor);
    for (::onnx::NodeProto &node : *graph.mutable_node())
      move(node);
  }

  void move(::onnx::NodeProto &node) {
    for (::onnx::AttributeProto &attribute : *node.mutable_attribute()) {
      if (attribute.has_sparse_tensor() || attribute.sparse_tensors_size() > 0)
        refuse("node '", nodeName(node), "' (", node.op_type(), "): attribute '", attribute.name(), "' is sparse, which is not supported");
      if (attribute.has_t()) {
        if (attribute.t().name().empty())
          attribute.mutable_t()->set_name(nodeName(node));
        move(*attribute.mutable_t());
      }
      for (TensorProto &tensor : *attribute.mutable_tensors())
        move(tensor);
    }
  }

private:
  void move(TensorProto &tensor) {
    const bool external = tensor.data_location() == TensorProto::EXTERNAL;
    if (!external && (tensor.data_type() == TensorProto::STRING || elementCount(tensor) <= smallTensor))
      return;
    const int64_t count = elementCount(tensor);
    const llvm::StringRef mapped = external ? externalData(tensor) : llvm::StringRef();
    if (external && count > smallTensor && isStorageForm(tensor.data_type(), mapped)) {
      clearData(tensor);
      setLocation(tensor, weights.add(tensor.name(), mapped));
      return;
    }
    const std::string elements = external ? unpackElements(tensor.data_type(), count, mapped) : tensorElements(tensor);
    clearData(tensor);
    if (count > smallTensor)
      setLocation(tensor, weights.addCopy(tensor.name(), elements));
    else
      setSmall(tensor, elements);
  }

  /// Whether mapped bytes can be used where they lie.
  static bool isStorageForm(int dataType, llvm::StringRef mapped) {
    return storedBits(dataType) >= 8 && dataType != TensorProto::BOOL && llvm::isAddrAligned(llvm::Align(64), mapped.data());
  }

  static void clearData(TensorProto &tensor) {
    tensor.clear_raw_data();
    tensor.clear_float_data();
    tensor.clear_double_data();
    tensor.clear_int32_data();
    tensor.clear_int64_data();
    tensor.clear_uint64_data();
    tensor.clear_external_data();
    tensor.clear_data_location();
  }

  static void setLocation(TensorProto &tensor, unsigned id) {
    tensor.set_data_location(TensorProto::EXTERNAL);
    ::onnx::StringStringEntryProto *entry = tensor.add_external_data();
    entry->set_key(location.str());
    entry->set_value("#" + std::to_string(id));
  }

  /// Data of a few elements, from a file, as the message holds it.
  static void setSmall(TensorProto &tensor, llvm::StringRef elements) {
    const unsigned bits = storedBits(tensor.data_type());
    if (bits >= 8) {
      tensor.set_raw_data(elements.str());
      return;
    }
    std::string packed(size_t(storedBytes(tensor.data_type(), int64_t(elements.size()))), '\0');
    for (size_t i = 0; i < elements.size(); ++i)
      for (unsigned bit = 0; bit < bits; ++bit)
        if (elements[i] >> bit & 1)
          packed[(i * bits + bit) / 8] |= char(1 << ((i * bits + bit) % 8));
    tensor.set_raw_data(packed);
  }

  /// The mapped bytes of a tensor, as ONNX stores them.
  llvm::StringRef externalData(const TensorProto &tensor) {
    std::string file;
    uint64_t offset = 0;
    std::optional<uint64_t> length;
    for (const ::onnx::StringStringEntryProto &entry : tensor.external_data()) {
      uint64_t number = 0;
      const bool numeric = entry.key() == "offset" || entry.key() == "length";
      if (numeric && llvm::StringRef(entry.value()).getAsInteger(10, number))
        refuse("tensor '", tensor.name(), "': the ", entry.key(), " '", entry.value(), "' of its external data is not a number");
      if (entry.key() == location)
        file = entry.value();
      else if (entry.key() == "offset")
        offset = number;
      else if (entry.key() == "length")
        length = number;
    }
    const int type = tensor.data_type();
    if (!storedBits(type))
      refuse("tensor '", tensor.name(), "' has the element type ", elementTypeName(type), ", which external data cannot have");
    const uint64_t expected = uint64_t(storedBytes(type, elementCount(tensor)));
    if (length && *length != expected)
      refuse("tensor '", tensor.name(), "': the length of its external data is ", *length, " bytes; its shape and type need ", expected);
    llvm::StringRef data = openExternal(file, tensor.name());
    if (offset > data.size() || expected > data.size() - offset)
      refuse("tensor '", tensor.name(), "' needs ", expected, " bytes at offset ", offset, " of '", file, "', which has ", data.size(), " bytes");
    return data.substr(offset, expected);
  }

  /// The contents of a file in the model's folder, mapped once.
  llvm::StringRef openExternal(const std::string &file, const std::string &tensor) {
    auto [it, inserted] = files.try_emplace(file);
    if (!inserted)
      return it->second;
    // The library's own function: nothing absolute, no "..", no symbolic or hard link, nothing outside of the folder.
    const auto descriptor = static_cast<int>(::onnx::checker::open_external_data(model.folder, file, tensor, /*read_only=*/true));
    auto buffer = llvm::MemoryBuffer::getOpenFile(descriptor, file, /*FileSize=*/-1, /*RequiresNullTerminator=*/false);
    llvm::sys::fs::file_t handle = descriptor;
    (void)llvm::sys::fs::closeFile(handle);
    if (!buffer)
      refuse("external data '", file, "' cannot be read: ", buffer.getError().message());
    it->second = (*buffer)->getBuffer();
    model.hash.update(it->second);
    weights.keep(std::move(*buffer));
    return it->second;
  }

  Model &model;
  WeightStore &weights;
  llvm::StringMap<llvm::StringRef> files;
};

} // namespace

void moveWeights(Model &model, WeightStore &weights) {
  WeightMover mover(model, weights);
  forEachGraph(model.graph(), [&](::onnx::GraphProto &graph) { mover.move(graph); });
  for (::onnx::FunctionProto &function : *model.proto.mutable_functions())
    for (::onnx::NodeProto &node : *function.mutable_node()) {
      mover.move(node);
      for (::onnx::AttributeProto &attribute : *node.mutable_attribute())
        if (attribute.has_g())
          forEachGraph(*attribute.mutable_g(), [&](::onnx::GraphProto &graph) { mover.move(graph); });
    }
}

std::optional<unsigned> movedTo(const TensorProto &tensor) {
  if (tensor.data_location() != TensorProto::EXTERNAL)
    return std::nullopt;
  unsigned id;
  for (const ::onnx::StringStringEntryProto &entry : tensor.external_data())
    if (llvm::StringRef value = entry.value(); entry.key() == location && value.consume_front("#") && !value.getAsInteger(10, id))
      return id;
  return std::nullopt;
}

} // namespace motion
