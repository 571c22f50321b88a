// The bytes of a model's initialisers: owned copies or file mappings.
#include "compiler/Weights/WeightStore.h"
#include <cstring>

namespace motion {

unsigned WeightStore::add(std::string name, llvm::ArrayRef<char> bytes) {
  weights.push_back({std::move(name), bytes});
  return size() - 1;
}

unsigned WeightStore::addCopy(std::string name, llvm::ArrayRef<char> bytes) {
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(bytes.size(), name, llvm::Align(64));
  if (!bytes.empty())
    std::memcpy(buffer->getBufferStart(), bytes.data(), bytes.size());
  llvm::ArrayRef<char> copy(buffer->getBufferStart(), bytes.size());
  keep(std::move(buffer));
  return add(std::move(name), copy);
}

} // namespace motion
