// .npy and .npz: what is written is read back; damaged files are refused. numpy's own files are read in test/Runtime.
#include "runtime/loader/Error.h"
#include "runtime/loader/Npy.h"
#include "runtime/loader/Npz.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace motion;

namespace {

Array numbers(NumpyType type, Shape shape) {
  Array array = makeArray(type, std::move(shape), "test");
  for (size_t i = 0; i < array.data.size(); ++i)
    array.data.data()[i] = static_cast<std::byte>(i * 37 + 11);
  return array;
}

void expectEqual(const Array &a, const Array &b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.shape, b.shape);
  ASSERT_EQ(a.data.size(), b.data.size());
  EXPECT_EQ(std::memcmp(a.data.data(), b.data.data(), a.data.size()), 0);
}

/// A .npy file of version 1 with that header and content.
std::vector<std::byte> npy(const std::string &header, const std::string &content) {
  std::string text = "\x93NUMPY";
  text += {1, 0, static_cast<char>(header.size()), 0};
  text += header + content;
  std::vector<std::byte> bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

TEST(Npy, ReadsWhatItWrites) {
  for (NumpyType type : {NumpyType{'f', 4}, NumpyType{'b', 1}, NumpyType{'i', 8}, NumpyType{'u', 2}, NumpyType{'c', 16}})
    for (const Shape &shape : {Shape{}, Shape{0}, Shape{7}, Shape{2, 3, 4}, Shape{5, 0, 2}}) {
      Array array = numbers(type, shape);
      std::vector<std::byte> bytes = writeNpy(array);
      EXPECT_EQ((bytes.size() - array.data.size()) % 64, 0u);
      expectEqual(readNpy(bytes, "test"), array);
    }
}

TEST(Npy, ReordersColumnsFirstAndBigEndian) {
  Array array = readNpy(npy("{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }", std::string("\0\1\0\2\0\3\0\4\0\5\0\6", 12)), "test");
  int16_t values[6];
  ASSERT_EQ(array.data.size(), sizeof values);
  std::memcpy(values, array.data.data(), sizeof values);
  EXPECT_EQ(std::vector<int16_t>(values, values + 6), (std::vector<int16_t>{1, 3, 5, 2, 4, 6}));
}

TEST(Npy, RefusesWhatIsNoPlainArray) {
  for (const char *header :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '|O', 'fortran_order': False, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,)}", "{'descr': '<f9999999999', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", "{'descr': '<f4', 'order': False, 'shape': (1,)}"})
    EXPECT_THROW(readNpy(npy(header, "1234"), "test"), Error) << header;
  EXPECT_NO_THROW(readNpy(npy("{'shape': (1,), 'fortran_order': False, 'descr': \"<f4\"}", "1234"), "test"));
}

TEST(Npz, ReadsWhatItWrites) {
  NamedArrays arrays;
  for (const char *name : {"x:0", "a/b", "", "\xc3\xbc", "x"})
    arrays.emplace_back(name, numbers({'f', 4}, {3, 2}));
  NamedArrays read = parseNpz(formatNpz(arrays), "test");
  ASSERT_EQ(read.size(), arrays.size());
  for (size_t i = 0; i < read.size(); ++i) {
    EXPECT_EQ(read[i].first, arrays[i].first);
    expectEqual(read[i].second, arrays[i].second);
  }
  EXPECT_TRUE(parseNpz(formatNpz({}), "test").empty());
  EXPECT_EQ(findArray(read, "none"), nullptr);
}

TEST(Npz, RefusesDamage) {
  NamedArrays arrays;
  arrays.emplace_back("x", numbers({'f', 4}, {3, 2}));
  std::vector<std::byte> whole = formatNpz(arrays);
  for (size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(parseNpz(std::span(whole).first(size), "test"), Error) << size;
  size_t refused = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> damaged = whole;
    damaged[i] ^= std::byte{0x81};
    try {
      parseNpz(damaged, "test");
    } catch (const Error &) {
      ++refused;
    }
  }
  EXPECT_GT(refused, whole.size() / 2); // the rest are dates and the like, which nobody reads
}

TEST(Npz, RefusesTwoArraysOfOneName) {
  NamedArrays arrays;
  arrays.emplace_back("x", numbers({'f', 4}, {1}));
  arrays.emplace_back("x", numbers({'f', 4}, {1}));
  EXPECT_THROW(parseNpz(formatNpz(arrays), "test"), Error);
}

} // namespace
