// Descriptions: what the hand-written libraries say, and that no damage to them gets through or crashes.
#include "runtime/loader/Description.h"
#include "runtime/loader/Error.h"
#include "runtime/loader/Files.h"
#include "runtime/loader/Library.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace motion;

namespace {

Description tiny(const char *path = TINY_PATH) { return describeLibrary(path).at(0); }

/// The description with a number of type T written at `offset`.
template <typename T> std::vector<std::byte> with(size_t offset, T value) {
  std::vector<std::byte> bytes = tiny().bytes;
  std::memcpy(bytes.data() + offset, &value, sizeof value);
  return bytes;
}

std::string refusal(std::span<const std::byte> bytes) {
  try {
    parseDescription(bytes);
  } catch (const Error &error) {
    return error.what();
  }
  return "";
}

TEST(Description, HoldsWhatTheLibrarySays) {
  Description info = tiny();
  EXPECT_EQ(info.name, "tiny");
  ASSERT_EQ(info.inputs.size(), 1u);
  EXPECT_EQ(info.inputs[0].name, "x:0");
  EXPECT_EQ(info.inputs[0].dims, (std::vector<int64_t>{-1, 4}));
  EXPECT_EQ(info.shapeText(info.inputs[0]), "[batch, 4]");
  ASSERT_EQ(info.metadata.size(), 1u);
  EXPECT_EQ(info.metadata[0].value, "M\xc3\xbcller \"und\" Sohn");
  EXPECT_EQ(info.model.interface_hash, 0x1122334455667788u);
  Description shapes = tiny(TINY_SHAPES_PATH);
  ASSERT_EQ(shapes.dims.size(), 3u);
  EXPECT_EQ(shapes.dims[1].kind, uint32_t(MOTION_DIM_DERIVED));
  EXPECT_EQ(shapes.dims[2].kind, uint32_t(MOTION_DIM_ACTUAL));
  ASSERT_EQ(shapes.states.size(), 1u);
  EXPECT_TRUE(shapes.inputs[2].isState());
}

TEST(Description, NamesParametersByPosition) {
  Description info = tiny(TINY_SHAPES_PATH);
  const char *names[] = {"input \"x\"",           "input \"repeats\"",     "dimension \"batch\"", "output \"tiled\"",
                         "output \"positive\"",   "dimension \"found\"",   "the state",           "the workspace",
                         "the host",              ""};
  for (uint32_t i = 0; i < std::size(names); ++i)
    EXPECT_EQ(info.parameterName(i), names[i]);
  EXPECT_EQ(info.resultText(MOTION_FAIL(MOTION_E_NULL, 3)), "output \"tiled\" is missing");
  EXPECT_EQ(info.resultText(MOTION_FAIL(MOTION_E_CPU, 0)), "this CPU lacks instructions that the library uses");
  EXPECT_EQ(info.resultText(-200), "unknown error -200");
}

TEST(Description, RefusesWhatItDoesNotKnow) {
  EXPECT_NE(refusal(with<uint16_t>(8, 2)).find("found 2"), std::string::npos);
  EXPECT_NE(refusal(with<uint16_t>(8, 256)).find("big-endian"), std::string::npos);
  EXPECT_NE(refusal(with<uint32_t>(20, 16)).find("bits 16"), std::string::npos);
  EXPECT_EQ(refusal(with<uint16_t>(10, 9)), "") << "a newer minor is fine";
  EXPECT_EQ(refusal(with<uint32_t>(64, ~0u)), "") << "unknown features are fine";
  EXPECT_NE(refusal(with<uint32_t>(176, 48)).find("power of two"), std::string::npos);
}

TEST(Description, AcceptsALongerStructOfANewerMinor) {
  std::vector<std::byte> old = tiny().bytes;
  std::vector<std::byte> bytes(old.begin(), old.end());
  uint32_t size = sizeof(motion_model) + 8;
  std::memcpy(bytes.data() + offsetof(motion_model, size), &size, sizeof size);
  EXPECT_EQ(refusal(bytes), "");
}

TEST(Description, EveryTruncationIsRefused) {
  std::vector<std::byte> whole = tiny().bytes;
  ASSERT_EQ(refusal(whole), "");
  while (whole.back() == std::byte(0)) // unused room behind the last string
    whole.pop_back();
  for (size_t size = 0; size <= whole.size(); ++size) { // the whole lacks the last string's end
    std::vector<std::byte> cut(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size)); // a copy: sanitizers see its end
    EXPECT_NE(refusal(cut), "") << size;
    if (size >= sizeof(motion_model)) { // a lying total_size
      uint32_t total = static_cast<uint32_t>(size);
      std::memcpy(cut.data() + offsetof(motion_model, total_size), &total, sizeof total);
      EXPECT_NE(refusal(cut), "") << size;
    }
  }
}

TEST(Description, NoByteCanMakeItCrash) {
  for (const char *path : {TINY_PATH, TINY_SHAPES_PATH}) {
    std::vector<std::byte> whole = tiny(path).bytes;
    for (size_t i = 0; i < whole.size(); ++i)
      for (unsigned value : {0u, 1u, 0x7fu, 0x80u, 0xffu}) {
        std::vector<std::byte> bytes = whole;
        bytes[i] = std::byte(value);
        try {
          parseDescription(bytes);
        } catch (const Error &error) {
          EXPECT_STRNE(error.what(), "");
        }
      }
  }
}

TEST(Description, SearchSkipsChanceHits) {
  std::vector<std::byte> bytes = tiny().bytes, file(5);
  file.insert(file.end(), bytes.begin(), bytes.begin() + 40); // a magic with nothing sensible behind
  file.insert(file.end(), bytes.begin(), bytes.end());
  file.insert(file.end(), bytes.begin(), bytes.end());
  EXPECT_EQ(findDescriptions(file).size(), 2u);
  EXPECT_THROW(findDescriptions(std::span(file).first(30)), Error);
  EXPECT_THROW(findDescriptions({}), Error);
}

TEST(Description, StringsMustBeUtf8) {
  Description info = tiny();
  for (const char *bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xe2\x82", "\xf4\x90\x80\x80"}) {
    std::vector<std::byte> bytes = info.bytes;
    size_t at = bytes.size() - 24; // the value of the metadata
    std::memcpy(bytes.data() + at, bad, std::strlen(bad) + 1);
    EXPECT_NE(refusal(bytes).find("UTF-8"), std::string::npos);
  }
}

} // namespace
