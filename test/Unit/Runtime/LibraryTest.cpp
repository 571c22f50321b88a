// Loading and calling the hand-written libraries through the loader's classes.
#include "runtime/loader/Error.h"
#include "runtime/loader/Files.h"
#include "runtime/loader/Invocation.h"

#include <cstring>
#include <gtest/gtest.h>

using namespace motion;

namespace {

template <typename T> Array array(NumpyType type, Shape shape, std::initializer_list<T> values) {
  Array result = makeArray(type, std::move(shape), "test");
  EXPECT_EQ(result.data.size(), values.size() * sizeof(T));
  std::memcpy(result.data.data(), values.begin(), result.data.size());
  return result;
}

std::vector<float> floats(const Array &array) {
  std::vector<float> values(array.data.size() / sizeof(float));
  std::memcpy(values.data(), array.data.data(), values.size() * sizeof(float));
  return values;
}

TEST(Library, RunsThroughTheUniformCall) {
  Library library(TINY_PATH);
  Invocation invocation(library);
  invocation.setInput("x:0", array<float>({'f', 4}, {2, 4}, {0, 1, 2, 3, 4, 5, 6, 7}));
  invocation.plan(0);
  EXPECT_EQ(invocation.dim(0), 2);
  ASSERT_EQ(invocation.run(), MOTION_OK);
  NamedArrays outputs = invocation.outputs();
  ASSERT_EQ(outputs.size(), 1u);
  EXPECT_EQ(outputs[0].first, "y/out");
  EXPECT_EQ(outputs[0].second.shape, (Shape{2, 4}));
  EXPECT_EQ(floats(outputs[0].second), (std::vector<float>{1, 3, 5, 7, 9, 11, 13, 15}));
}

TEST(Library, KeepsStateAndReportsActualSizes) {
  Library library(TINY_SHAPES_PATH);
  Invocation invocation(library);
  invocation.setInput("x", array<float>({'f', 4}, {1, 4}, {1, -1, 2, 0}));
  invocation.setInput("repeats", array<int64_t>({'i', 8}, {1}, {2}));
  invocation.plan(0);
  EXPECT_EQ(invocation.dim(1), 2);
  EXPECT_EQ(invocation.dim(2), 4) << "the bound, before the run";
  ASSERT_EQ(invocation.run(), MOTION_OK);
  EXPECT_EQ(invocation.dim(2), 2);
  EXPECT_EQ(floats(*findArray(invocation.outputs(), "tiled")), (std::vector<float>{2, -2, 4, 0, 2, -2, 4, 0}));
  ASSERT_EQ(invocation.run(), MOTION_OK);
  NamedArrays outputs = invocation.outputs();
  EXPECT_EQ(outputs.size(), 2u) << "states are no outputs";
  EXPECT_EQ(floats(*findArray(outputs, "tiled")), (std::vector<float>{3, -3, 6, 0, 3, -3, 6, 0}));
  EXPECT_EQ(floats(*findArray(outputs, "positive")), (std::vector<float>{1, 2}));
}

TEST(Library, RefusesWrongDimensions) {
  Library library(TINY_PATH);
  Invocation invocation(library);
  EXPECT_THROW(invocation.setDim("rows", 1), UsageError);
  EXPECT_THROW(invocation.setDim("batch", 0), UsageError);
  EXPECT_THROW(invocation.setDim("batch", 1025), UsageError);
  invocation.setDim("batch", 3);
  EXPECT_THROW(invocation.setInput("x:0", makeArray({'f', 4}, {2, 4}, "test")), Error);
}

TEST(Library, ErrorsOfTheUniformCall) {
  Library library(TINY_PATH);
  const motion_functions &functions = library.functions();
  alignas(64) float memory[64] = {}, input[4] = {}, output[4] = {};
  const void *inputs[] = {input};
  void *outputs[] = {output};
  int64_t dims[] = {1};
  motion_call call = {};
  call.size = sizeof call;
  call.inputs = inputs;
  call.outputs = outputs;
  call.dims = dims;
  ASSERT_EQ(functions.plan(&call), MOTION_OK);
  EXPECT_EQ(call.workspace_bytes, 16u);
  call.workspace = memory;
  EXPECT_EQ(functions.run(&call), MOTION_OK);
  call.workspace_bytes = 15;
  EXPECT_EQ(functions.run(&call), MOTION_FAIL(MOTION_E_WORKSPACE, 3));
  call.workspace_bytes = 16;
  inputs[0] = nullptr;
  EXPECT_EQ(functions.run(&call), MOTION_FAIL(MOTION_E_NULL, 0));
  inputs[0] = reinterpret_cast<char *>(input) + 1;
  EXPECT_EQ(functions.run(&call), MOTION_FAIL(MOTION_E_ALIGN, 0));
  dims[0] = 0;
  EXPECT_EQ(functions.plan(&call), MOTION_FAIL(MOTION_E_DIM, 1));
}

TEST(Library, RefusesFilesThatTheSystemsLoaderWouldDieOf) {
  std::vector<std::byte> whole = readFile(TINY_PATH);
  EXPECT_NO_THROW(checkSharedLibrary(whole));
  EXPECT_THROW(checkSharedLibrary({}), Error);
  EXPECT_THROW(checkSharedLibrary(std::span(whole).first(63)), Error);
  EXPECT_THROW(checkSharedLibrary(std::span(whole).first(whole.size() / 2)), Error);
  std::vector<std::byte> other = whole;
  other[18] = std::byte{0xf3}; // e_machine: RISC-V
  EXPECT_THROW(checkSharedLibrary(other), Error);
  EXPECT_THROW(Library("/dev/null"), Error);
  EXPECT_THROW(Library(TINY_PATH, "other"), UsageError);
}

} // namespace
