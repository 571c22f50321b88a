// The bytes of a model's initialisers, outside of the IR. Below all stages: import fills it, the constants engine reads it.
#ifndef COMPILER_WEIGHTS_WEIGHTSTORE_H
#define COMPILER_WEIGHTS_WEIGHTSTORE_H
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace motion {

/// One initialiser: bytes in row-major order without gaps, in the storage form of its element type (sub-byte types one element a byte).
struct Weight {
  std::string name;               ///< the initialiser's name in the model
  llvm::ArrayRef<char> bytes;     ///< aligned to 64 bytes when owned, else as the mapped file has it
};

/// Owns or maps the bytes of all weights. `kernel.weight N` is entry N. Not thread-safe while weights are added.
class WeightStore {
public:
  /// Adds bytes that outlive the store, or that a buffer added by `keep` owns. Returns the entry's number.
  unsigned add(std::string name, llvm::ArrayRef<char> bytes);
  /// Adds a copy of the bytes.
  unsigned addCopy(std::string name, llvm::ArrayRef<char> bytes);
  /// Keeps a file mapping alive as long as the store.
  void keep(std::unique_ptr<llvm::MemoryBuffer> buffer) { buffers.push_back(std::move(buffer)); }

  const Weight &operator[](unsigned id) const { return weights[id]; }
  unsigned size() const { return static_cast<unsigned>(weights.size()); }

private:
  std::vector<Weight> weights;
  std::vector<std::unique_ptr<llvm::MemoryBuffer>> buffers;
};

} // namespace motion
#endif
