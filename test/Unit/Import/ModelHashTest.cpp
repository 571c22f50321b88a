// The hash against LLVM's, in pieces of every size around the blocks.
#include "compiler/Import/ModelHash.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/SHA256.h"
#include <gtest/gtest.h>

namespace {

std::string reference(llvm::StringRef data) { return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(data)), /*LowerCase=*/true); }

std::string bytes(size_t count) {
  std::string data(count, '\0');
  for (size_t i = 0; i < count; ++i)
    data[i] = char(i * 131 + i / 251);
  return data;
}

TEST(ModelHashTest, KnownDigests) {
  EXPECT_EQ(motion::ModelHash().digits(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  motion::ModelHash hash;
  hash.update("abc");
  EXPECT_EQ(hash.digits(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ModelHashTest, EveryLengthAroundTheBlocks) {
  for (size_t size = 0; size < 300; ++size) {
    motion::ModelHash hash;
    hash.update(bytes(size));
    EXPECT_EQ(hash.digits(), reference(bytes(size))) << size;
  }
}

TEST(ModelHashTest, Pieces) {
  const std::string data = bytes(10000);
  for (size_t piece : {1u, 3u, 63u, 64u, 65u, 127u, 1000u}) {
    motion::ModelHash hash;
    for (size_t at = 0; at < data.size(); at += piece)
      hash.update(llvm::StringRef(data).substr(at, piece));
    EXPECT_EQ(hash.digits(), reference(data)) << piece;
  }
}

} // namespace
