// Enters: outputs and expected arrays. Leaves: a line for each output that differs: index, expected, found, how many, how far.
#include "compiler/Driver/MotionRun/Compare.h"
#include "runtime/loader/Error.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace motion {

static std::string number(long double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*Lg", std::fabs(value) == std::floor(std::fabs(value)) ? 20 : 9, value);
  return text;
}

static std::string number(const Value &value, bool isComplex) {
  return isComplex ? "(" + number(value[0]) + ", " + number(value[1]) + ")" : number(value[0]);
}

/// The place of element `index` in an array of `shape`, "[1, 3]".
static std::string place(size_t index, const Shape &shape) {
  Shape result(shape.size());
  for (size_t axis = shape.size(); axis-- > 0;) {
    auto size = static_cast<size_t>(shape[axis]);
    result[axis] = static_cast<int64_t>(index % size);
    index /= size;
  }
  return toString(result);
}

/// The difference of two values: 0 when both are NaN or equal, infinity when only one is finite.
static long double difference(const Value &found, const Value &expected) {
  long double largest = 0;
  for (size_t part = 0; part < found.size(); ++part) {
    if (found[part] == expected[part] || (std::isnan(found[part]) && std::isnan(expected[part])))
      continue;
    long double distance = std::fabs(found[part] - expected[part]);
    largest = std::isfinite(distance) ? std::max(largest, distance) : INFINITY;
  }
  return largest;
}

static std::string compare(const TensorInfo &tensor, const Array &found, const Array &expected, const Tolerance &tolerance) {
  std::string name = "output " + quoted(tensor.name);
  if (found.shape != expected.shape)
    return name + ": expected shape " + toString(expected.shape) + ", found " + toString(found.shape);
  const ElementType *type = findElementType(tensor.type);
  long double rtol = tolerance.rtol.value_or(type->isFloat ? 1e-5 : 0), atol = tolerance.atol.value_or(type->isFloat ? 1e-6 : 0);
  size_t count = countElements(found.shape, name), differing = 0, first = 0, worst = 0;
  long double largest = 0;
  auto foundAt = [&](size_t i) { return readElement(found.data.data(), i, found.type, type); };
  auto expectedAt = [&](size_t i) { return readElement(expected.data.data(), i, expected.type, type); };
  for (size_t i = 0; i < count; ++i) {
    Value reference = expectedAt(i);
    long double distance = difference(foundAt(i), reference);
    long double size = std::max(std::fabs(reference[0]), std::fabs(reference[1]));
    if (distance == 0 || (std::isfinite(distance) && distance <= atol + rtol * size))
      continue;
    first = differing++ ? first : i;
    if (distance > largest) {
      largest = distance;
      worst = i;
    }
  }
  if (differing == 0)
    return "";
  bool isComplex = found.type.kind == 'c' || expected.type.kind == 'c';
  return name + " " + place(first, found.shape) + ": expected " + number(expectedAt(first), isComplex) + ", found " +
         number(foundAt(first), isComplex) + "; " + std::to_string(differing) + " of " + std::to_string(count) +
         " values differ, at most by " + number(largest) + " at " + place(worst, found.shape) + " (rtol " + number(rtol) + ", atol " +
         number(atol) + ")";
}

std::vector<std::string> compareOutputs(const Description &info, const NamedArrays &found, const NamedArrays &expected,
                                        const Tolerance &tolerance) {
  std::vector<std::string> lines;
  for (const auto &[name, array] : expected) {
    auto tensor = std::find_if(info.outputs.begin(), info.outputs.end(), [&](const TensorInfo &t) { return t.name == name; });
    const Array *output = findArray(found, name);
    std::string line = tensor == info.outputs.end() || !output ? "output " + quoted(name) + ": expected, but the model has none of that name"
                                                               : compare(*tensor, *output, array, tolerance);
    if (!line.empty())
      lines.push_back(line);
  }
  if (expected.empty())
    lines.push_back("expected at least one array to compare with, found none");
  return lines;
}

} // namespace motion
