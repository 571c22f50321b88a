// SHA-256 at the speed of the processor's own instructions: models have tens of megabytes, and compiling one takes milliseconds.
#ifndef COMPILER_IMPORT_MODELHASH_H
#define COMPILER_IMPORT_MODELHASH_H
#include "llvm/ADT/StringRef.h"
#include <array>
#include <cstdint>
#include <string>

namespace motion {

/// SHA-256 (FIPS 180-4) of everything given to `update`.
class ModelHash {
public:
  void update(llvm::StringRef data);
  /// The digest as 64 lower-case digits. Ends the object's use.
  std::string digits();

private:
  void blocks(const uint8_t *data, size_t count);

  std::array<uint32_t, 8> state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> pending; ///< the last bytes, fewer than a block
  size_t pendingSize = 0;
  uint64_t size = 0;
};

} // namespace motion
#endif
