// From a path to a ModelProto, with a reason for every file that is none.
#include "compiler/Import/ReadModel.h"
#include "compiler/Import/ImportError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <limits>

namespace motion {
namespace {

/// A base-128 number of the protobuf encoding; false at the end of the data.
bool readVarint(llvm::StringRef &data, uint64_t &value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !data.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(data.front());
    data = data.drop_front();
    value |= uint64_t(byte & 127) << shift;
    if (byte < 128)
      return true;
  }
  return false;
}

/// How many bytes the last top-level field has beyond the end of the file: 0 when the file is damaged in another way.
uint64_t missingBytes(llvm::StringRef data) {
  uint64_t tag, length;
  while (readVarint(data, tag)) {
    if ((tag & 7) == 0) {
      if (!readVarint(data, length))
        return data.empty();
      continue;
    }
    if ((tag & 7) != 2 || !readVarint(data, length))
      return 0;
    if (length > data.size())
      return length - data.size();
    data = data.drop_front(length);
  }
  return 0;
}

} // namespace

void readModel(Model &model) {
  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(model.path, status))
    refuse("cannot be read: ", error.message());
  if (status.type() != llvm::sys::fs::file_type::regular_file)
    refuse("is not a file: give the path of an .onnx file");
  if (status.getSize() == 0)
    refuse("is empty: an ONNX model was expected");
  if (status.getSize() > uint64_t(std::numeric_limits<int>::max()))
    refuse("has more than 2 GB: store its weights as external data");
  auto buffer = llvm::MemoryBuffer::getFile(model.path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    refuse("cannot be read: ", buffer.getError().message());
  llvm::StringRef data = (*buffer)->getBuffer();
  if (data.starts_with("version https://git-lfs"))
    refuse("is a pointer of Git LFS, not the model: run 'git lfs pull'");
  if (!model.proto.ParseFromArray(data.data(), static_cast<int>(data.size()))) {
    if (uint64_t missing = missingBytes(data))
      refuse("is cut off: at least ", missing, " bytes are missing after its ", data.size());
    refuse("is not an ONNX model, or is damaged: its ", data.size(), " bytes do not parse");
  }
  if (!model.proto.has_ir_version() || !model.proto.has_graph())
    refuse("is not an ONNX model: it has no ", model.proto.has_graph() ? "IR version" : "graph");
  model.folder = llvm::sys::path::parent_path(model.path).str();
  if (model.folder.empty())
    model.folder = ".";
  model.hash.update(data);
}

} // namespace motion
