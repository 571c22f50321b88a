// The table of element types: sizes, numpy dtypes, decoding of small floats, packing of 4- and 2-bit types.
#include "runtime/loader/Array.h"
#include "runtime/loader/Error.h"
#include "runtime/loader/Invocation.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace motion;

namespace {

long double decode(uint16_t code, uint16_t bits) {
  const ElementType *type = findElementType(code);
  std::byte data[2];
  std::memcpy(data, &bits, 2);
  return readElement(data, 0, {'u', type->numpy.size}, type)[0];
}

TEST(ElementType, KnowsEveryCodeOnce) {
  EXPECT_EQ(findElementType(0), nullptr);
  EXPECT_EQ(findElementType(27), nullptr);
  for (uint16_t code = 1; code <= 26; ++code) {
    ASSERT_NE(findElementType(code), nullptr) << code;
    EXPECT_EQ(findElementType(code)->code, code);
  }
  EXPECT_EQ(findElementType(15)->bytes(3), 48u);
  EXPECT_EQ(findElementType(15)->alignment(), 8u);
  EXPECT_EQ(findElementType(22)->bytes(3), 2u);
  EXPECT_EQ(findElementType(25)->bytes(5), 2u);
}

TEST(ElementType, DecodesSmallFloats) {
  EXPECT_EQ(decode(10, 0x3c00), 1.0L);
  EXPECT_EQ(decode(10, 0x0001), 0x1p-24L);
  EXPECT_EQ(decode(10, 0x7bff), 65504.0L);
  EXPECT_EQ(decode(10, 0xfc00), -INFINITY);
  EXPECT_TRUE(std::isnan(decode(10, 0x7e00)));
  EXPECT_EQ(decode(16, 0xbf80), -1.0L);
  EXPECT_EQ(decode(16, 0x7f80), INFINITY);
  EXPECT_EQ(decode(17, 0x7e), 448.0L);
  EXPECT_TRUE(std::isnan(decode(17, 0x7f)));
  EXPECT_EQ(decode(17, 0x01), 0x1p-9L);
  EXPECT_EQ(decode(18, 0x7f), 240.0L);
  EXPECT_TRUE(std::isnan(decode(18, 0x80)));
  EXPECT_EQ(decode(19, 0x7b), 57344.0L);
  EXPECT_EQ(decode(19, 0x7c), INFINITY);
  EXPECT_EQ(decode(20, 0x7f), 57344.0L);
  EXPECT_EQ(decode(23, 0x7), 6.0L);
  EXPECT_EQ(decode(23, 0x9), -0.5L);
  EXPECT_EQ(decode(24, 128), 2.0L);
  EXPECT_TRUE(std::isnan(decode(24, 255)));
}

TEST(ElementType, ReadsIntegersExactly) {
  int64_t big = INT64_MAX - 1;
  EXPECT_EQ(readElement(reinterpret_cast<std::byte *>(&big), 0, {'i', 8}, nullptr)[0], static_cast<long double>(INT64_MAX) - 1);
  uint64_t huge = UINT64_MAX;
  EXPECT_EQ(readElement(reinterpret_cast<std::byte *>(&huge), 0, {'u', 8}, nullptr)[0], 0x1p64L - 1);
}

TEST(ElementType, AcceptsTheDtypesThatHoldItsBits) {
  const ElementType &half = *findElementType(10), &brain = *findElementType(16), &int4 = *findElementType(22);
  EXPECT_TRUE(half.accepts({'f', 2}) && half.accepts({'u', 2}));
  EXPECT_FALSE(half.accepts({'i', 2}) || half.accepts({'f', 4}) || half.accepts({'V', 2}));
  EXPECT_TRUE(brain.accepts({'u', 2}) && brain.accepts({'V', 2}));
  EXPECT_FALSE(brain.accepts({'f', 2}));
  EXPECT_TRUE(int4.accepts({'i', 1}) && int4.accepts({'V', 1}));
  EXPECT_FALSE(findElementType(1)->accepts({'f', 8}) || findElementType(8)->accepts({'U', 0}));
}

TEST(ElementType, PacksNarrowTypesLowBitsFirst) {
  Array array = makeArray({'i', 1}, {3}, "test");
  for (int i = 0; i < 3; ++i)
    array.data.data()[i] = std::byte(static_cast<unsigned char>(i - 2)); // -2, -1, 0
  Buffer packed = toLibrary(array, *findElementType(22));
  ASSERT_EQ(packed.size(), 2u);
  EXPECT_EQ(packed.data()[0], std::byte(0xfe));
  EXPECT_EQ(packed.data()[1], std::byte(0x00));
  Array back = fromLibrary(packed.data(), *findElementType(22), {3}, "test");
  EXPECT_EQ(std::memcmp(back.data.data(), array.data.data(), 3), 0);
}

TEST(ElementType, RandomFloatsLieBetweenMinusOneAndOne) {
  for (uint16_t code : {1, 10, 11, 16, 17, 18, 19, 20, 23}) {
    const ElementType &type = *findElementType(code);
    uint64_t generator = 7;
    Array array = makeRandomArray(type, {1000}, generator, "test");
    long double least = 2, largest = -2;
    for (size_t i = 0; i < 1000; ++i) {
      long double value = readElement(array.data.data(), i, array.type, &type)[0];
      least = std::min(least, value);
      largest = std::max(largest, value);
    }
    EXPECT_TRUE(least >= -1 && least < -0.4 && largest < 1 && largest > 0.4) << type.name << ": " << least << " .. " << largest;
  }
}

TEST(Array, RefusesSizesThatOverflow) {
  EXPECT_EQ(countElements({}, "x"), 1u);
  EXPECT_EQ(countElements({int64_t(1) << 62, 0, int64_t(1) << 62}, "x"), 0u);
  EXPECT_THROW(countElements({int64_t(1) << 32, int64_t(1) << 32}, "x"), Error);
  EXPECT_THROW(countElements({-1}, "x"), Error);
  EXPECT_THROW(makeArray({'f', 8}, {int64_t(1) << 61}, "x"), Error);
}

} // namespace
