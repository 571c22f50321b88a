// Workload.cpp: reads the manifest of a workload and compares outputs. See Workload.h for the format.
#include "test/Benchmark/Workload.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace motion::bench {

void fail(const std::string &message) {
  std::fprintf(stderr, "motion-bench: %s\n", message.c_str());
  std::exit(1);
}

Buffer::Buffer(size_t bytes) : bytes(bytes) {
  if (bytes == 0)
    return;
  memory.reset(std::aligned_alloc(64, (bytes + 63) / 64 * 64));
  if (!memory)
    fail("out of memory");
}

static size_t elementSize(int type) {
  switch (type) {
  case 2: case 3: case 9: // uint8, int8, bool
    return 1;
  case 4: case 5: case 10: case 16: // uint16, int16, float16, bfloat16
    return 2;
  case 1: case 6: case 12: // float, int32, uint32
    return 4;
  case 7: case 11: case 13: // int64, double, uint64
    return 8;
  }
  fail("element type " + std::to_string(type) + " is not supported by the benchmark");
}

size_t Tensor::bytes() const {
  size_t count = 1;
  for (int64_t dim : dims)
    count *= static_cast<size_t>(dim);
  return count * elementSize(type);
}

static std::vector<std::string> split(const std::string &text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);)
    parts.push_back(part);
  return parts;
}

static void readBytes(const std::string &path, Tensor &tensor) {
  tensor.buffer = Buffer(tensor.bytes());
  std::ifstream file(path, std::ios::binary);
  file.read(static_cast<char *>(tensor.buffer.data()), static_cast<std::streamsize>(tensor.buffer.size()));
  if (static_cast<size_t>(file.gcount()) != tensor.buffer.size())
    fail(path + ": expected " + std::to_string(tensor.buffer.size()) + " bytes for tensor '" + tensor.name + "'");
}

static Tensor parseTensor(const std::vector<std::string> &fields, const std::string &folder) {
  Tensor tensor;
  tensor.name = fields[1];
  tensor.type = std::atoi(fields[2].c_str());
  for (const std::string &dim : split(fields[3], ','))
    tensor.dims.push_back(std::atoll(dim.c_str()));
  if (fields[4] != "-")
    readBytes(folder + fields[4], tensor);
  return tensor;
}

Workload readWorkload(const std::string &path) {
  std::ifstream file(path);
  if (!file)
    fail(path + ": cannot be read");
  std::string folder = path.substr(0, path.find_last_of('/') + 1);
  Workload workload;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> fields = split(line, '\t');
    if (fields.size() == 3 && fields[0] == "dim")
      workload.dims[fields[1]] = std::atoll(fields[2].c_str());
    else if (fields.size() == 5 && fields[0] == "input")
      workload.inputs.push_back(parseTensor(fields, folder));
    else if (fields.size() == 5 && fields[0] == "output")
      workload.outputs.push_back(parseTensor(fields, folder));
    else
      fail(path + ": not a line of a manifest: " + line);
  }
  return workload;
}

std::vector<Buffer> makeOutputs(const Workload &workload) {
  std::vector<Buffer> outputs;
  for (const Tensor &tensor : workload.outputs) {
    outputs.emplace_back(tensor.bytes());
    if (tensor.bytes() != 0)
      std::memset(outputs.back().data(), 0xff, tensor.bytes());
  }
  return outputs;
}

double outputError(const Workload &workload, const std::vector<Buffer> &outputs) {
  double worst = 0;
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor &tensor = workload.outputs[i];
    if (tensor.type != 1 || tensor.buffer.size() == 0)
      continue;
    auto *expected = static_cast<const float *>(tensor.buffer.data());
    auto *actual = static_cast<const float *>(outputs[i].data());
    double largest = 0, difference = 0;
    for (size_t k = 0; k < tensor.bytes() / sizeof(float); ++k) {
      double distance = std::fabs(static_cast<double>(actual[k]) - expected[k]);
      if (!(distance <= difference)) // a NaN stays
        difference = distance;
      largest = std::fmax(largest, std::fabs(expected[k]));
    }
    double error = largest > 0 ? difference / largest : difference;
    if (!(error <= worst))
      worst = error;
  }
  return worst;
}

} // namespace motion::bench
