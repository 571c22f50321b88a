// Enters: a loaded model and arrays by name. Leaves: a planned call and its results, every shape and size checked.
#include "runtime/loader/Invocation.h"
#include "runtime/loader/Error.h"

#include <algorithm>
#include <cstring>

namespace motion {

/// Returns the element type of `tensor`; throws when it is none that arrays hold.
static const ElementType &arrayType(const TensorInfo &tensor, const char *role) {
  const ElementType *type = findElementType(tensor.type);
  if (tensor.kind != 0 || !type || type->bits == 0)
    throw Error(std::string(role) + " " + quoted(tensor.name) + " is " +
                (tensor.kind != 0 ? "a sequence, an optional or a map" : type ? "text" : "of unknown type " + std::to_string(tensor.type)) +
                ", which this version cannot pass");
  return *type;
}

Invocation::Invocation(const Library &library) : info(library.description()), functions(library.functions()) {
  for (const TensorInfo &tensor : info.inputs)
    arrayType(tensor, "input");
  for (const TensorInfo &tensor : info.outputs)
    arrayType(tensor, "output");
  given.resize(info.inputs.size());
  inputBuffers.resize(info.inputs.size());
  inputPointers.resize(info.inputs.size());
  outputBuffers.resize(info.outputs.size());
  outputPointers.resize(info.outputs.size());
  dims.resize(info.dims.size());
  dimSource.resize(info.dims.size());
  call.size = sizeof call;
  call.inputs = inputPointers.data();
  call.outputs = outputPointers.data();
  call.dims = dims.data();
}

std::string Invocation::describe(const TensorInfo &tensor) const { return quoted(tensor.name) + " " + info.shapeText(tensor); }

void Invocation::bindDim(size_t index, int64_t size, const std::string &source) {
  const DimInfo &dim = info.dims[index];
  if (size < dim.min || size > dim.max)
    throw Error("dimension " + quoted(dim.name) + ": expected " + std::to_string(dim.min) + " .. " + std::to_string(dim.max) + ", found " +
                     std::to_string(size) + " from " + source);
  if (!dimSource[index].empty() && dims[index] != size)
    throw Error("dimension " + quoted(dim.name) + " is " + std::to_string(dims[index]) + " from " + dimSource[index] + " but " +
                     std::to_string(size) + " from " + source);
  dims[index] = size;
  dimSource[index] = source;
}

void Invocation::setDim(const std::string &name, int64_t size) {
  std::string names;
  for (size_t i = 0; i < info.dims.size(); ++i) {
    if (info.dims[i].kind != MOTION_DIM_FREE)
      continue;
    if (info.dims[i].name == name)
      try {
        return bindDim(i, size, "the caller");
      } catch (const Error &error) {
        throw UsageError(error.what());
      }
    names += (names.empty() ? "" : ", ") + info.dims[i].name;
  }
  throw UsageError("the model has no free dimension " + quoted(name) + (names.empty() ? "" : ": choose one of " + names));
}

void Invocation::setInput(const std::string &name, const Array &array) {
  auto found = std::find_if(info.inputs.begin(), info.inputs.end(), [&](const TensorInfo &t) { return t.name == name && !t.isState(); });
  if (found == info.inputs.end()) {
    std::string names;
    for (const TensorInfo &tensor : info.inputs)
      if (!tensor.isState())
        names += (names.empty() ? "" : ", ") + quoted(tensor.name);
    throw Error("the model has no input " + quoted(name) + ", its inputs are " + names);
  }
  size_t index = static_cast<size_t>(found - info.inputs.begin());
  const ElementType &type = arrayType(*found, "input");
  if (!type.accepts(array.type))
    throw Error("input " + describe(*found) + ": expected dtype " + quoted(type.numpy.str()) + " for " + type.name + ", found " +
                quoted(array.type.str()));
  if (array.shape.size() != found->dims.size())
    throw Error("input " + describe(*found) + ": found shape " + toString(array.shape));
  for (size_t axis = 0; axis < array.shape.size(); ++axis) {
    int64_t expected = found->dims[axis];
    if (expected >= 0 && expected != array.shape[axis])
      throw Error("input " + describe(*found) + ": found shape " + toString(array.shape));
    size_t dim = static_cast<size_t>(-1 - expected);
    if (expected < 0 && info.dims[dim].kind == MOTION_DIM_FREE)
      bindDim(dim, array.shape[axis], "input " + quoted(name));
  }
  inputBuffers[index] = toLibrary(array, type);
  inputPointers[index] = inputBuffers[index].data();
  given[index] = Array{array.type, array.shape, {}};
}

Shape Invocation::sizes(const TensorInfo &tensor) const {
  Shape shape = tensor.dims;
  for (int64_t &size : shape)
    if (size < 0)
      size = dims[static_cast<size_t>(-1 - size)];
  return shape;
}

void Invocation::callPlan() {
  for (size_t i = 0; i < dims.size(); ++i)
    if (info.dims[i].kind == MOTION_DIM_FREE && dimSource[i].empty())
      bindDim(i, std::max<int64_t>(info.dims[i].min, std::min<int64_t>(1, info.dims[i].max)), "the default");
  for (size_t i = 0; i < info.inputs.size(); ++i)
    if (info.inputs[i].isValue() && !given[i] && !info.inputs[i].isOptional())
      throw Error("input " + describe(info.inputs[i]) + " must be given: sizes follow from its values");
  int result = functions.plan(&call);
  if (result != MOTION_OK)
    throw Error("plan: " + info.resultText(result));
}

void Invocation::checkInput(size_t index) const {
  Shape expected = sizes(info.inputs[index]);
  if (given[index] && given[index]->shape != expected)
    throw Error("input " + describe(info.inputs[index]) + ": expected shape " + toString(expected) + ", found " +
                toString(given[index]->shape));
}

void Invocation::plan(uint64_t seed) {
  callPlan();
  uint64_t generator = seed;
  for (size_t i = 0; i < info.inputs.size(); ++i) {
    const TensorInfo &tensor = info.inputs[i];
    checkInput(i);
    if (given[i] || tensor.isState() || tensor.isOptional())
      continue;
    const ElementType &type = arrayType(tensor, "input");
    Array array = makeRandomArray(type, sizes(tensor), generator, "input " + describe(tensor));
    inputBuffers[i] = toLibrary(array, type);
    inputPointers[i] = inputBuffers[i].data();
    given[i] = Array{array.type, array.shape, {}};
  }
  try {
    for (size_t i = 0; i < info.outputs.size(); ++i) {
      const TensorInfo &tensor = info.outputs[i];
      if (tensor.isState())
        continue;
      uint64_t count = countElements(sizes(tensor), "output " + describe(tensor));
      if (count > INT64_MAX / 16)
        throw Error("output " + describe(tensor) + " has more bytes than memory can hold");
      outputBuffers[i] = Buffer(arrayType(tensor, "output").bytes(count));
      outputPointers[i] = outputBuffers[i].data();
    }
    if (call.workspace_bytes > INT64_MAX || call.state_bytes > INT64_MAX)
      throw std::bad_alloc();
    workspace = Buffer(call.workspace_bytes, info.model.workspace_align);
    state = Buffer(call.state_bytes);
  } catch (const std::bad_alloc &) {
    throw Error("no memory for outputs, state (" + std::to_string(call.state_bytes) + " bytes) and workspace (" +
                std::to_string(call.workspace_bytes) + " bytes)");
  }
  call.workspace = workspace.data();
  call.state = info.states.empty() ? nullptr : state.data();
}

NamedArrays Invocation::outputs() const {
  NamedArrays arrays;
  for (size_t i = 0; i < info.outputs.size(); ++i) {
    const TensorInfo &tensor = info.outputs[i];
    if (tensor.isState())
      continue;
    const ElementType &type = arrayType(tensor, "output");
    Shape shape = sizes(tensor);
    std::string what = "output " + describe(tensor);
    if (type.bytes(countElements(shape, what)) > outputBuffers[i].size())
      throw Error(what + ": the library reports shape " + toString(shape) + ", more than it planned");
    arrays.emplace_back(tensor.name, fromLibrary(outputBuffers[i].data(), type, shape, what));
  }
  return arrays;
}

NamedArrays Invocation::inputs() const {
  NamedArrays arrays;
  for (size_t i = 0; i < info.inputs.size(); ++i) {
    const TensorInfo &tensor = info.inputs[i];
    if (given[i])
      arrays.emplace_back(tensor.name, fromLibrary(inputBuffers[i].data(), arrayType(tensor, "input"), given[i]->shape,
                                                   "input " + describe(tensor)));
  }
  return arrays;
}

/// The next number of splitmix64 (Steele, Lea and Flood, 2014).
static uint64_t nextRandom(uint64_t &state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

/// A random bit pattern of a float type narrower than 32 bits whose value lies in (-1, 1).
static uint32_t randomPattern(uint16_t code, uint64_t random) {
  auto compose = [&](unsigned exponentBits, unsigned mantissaBits, uint32_t bias) {
    uint32_t exponent = bias - 1 - static_cast<uint32_t>(random >> 32) % 4;
    uint32_t mantissa = static_cast<uint32_t>(random) & ((1u << mantissaBits) - 1);
    uint32_t sign = static_cast<uint32_t>(random >> 63) << (exponentBits + mantissaBits);
    return sign | exponent << mantissaBits | mantissa;
  };
  switch (code) {
  case 10:
    return compose(5, 10, 15);
  case 16:
    return compose(8, 7, 127);
  case 17:
    return compose(4, 3, 7);
  case 18:
    return compose(4, 3, 8);
  case 19:
    return compose(5, 2, 15);
  case 20:
    return compose(5, 2, 16);
  case 23:
    return static_cast<uint32_t>(random & 9); // 0, 0.5 and their negatives
  default:
    return 127 - static_cast<uint32_t>(random & 3); // float8e8m0: 1, 1/2, 1/4, 1/8
  }
}

Array makeRandomArray(const ElementType &type, const Shape &shape, uint64_t &generator, const std::string &what) {
  Array array = makeArray(type.numpy, shape, what);
  size_t part = type.numpy.kind == 'c' ? type.numpy.size / 2 : type.numpy.size;
  for (size_t at = 0; at + part <= array.data.size(); at += part) {
    uint64_t random = nextRandom(generator);
    std::byte *element = array.data.data() + at;
    double uniform = static_cast<double>(static_cast<int64_t>(random) >> 11) * 0x1p-52;
    if (!type.isFloat) {
      *element = static_cast<std::byte>(random >> 63); // 0 or 1 in little-endian order, whatever the width
    } else if (part == 8) {
      std::memcpy(element, &uniform, 8);
    } else if (part == 4) {
      auto narrow = static_cast<float>(static_cast<int32_t>(random >> 40) - (1 << 23)) * 0x1p-23f;
      std::memcpy(element, &narrow, 4);
    } else {
      uint32_t pattern = randomPattern(type.code, random);
      std::memcpy(element, &pattern, part);
    }
  }
  return array;
}

} // namespace motion
