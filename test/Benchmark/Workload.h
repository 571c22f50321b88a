// Workload.h: what every peer is given: one model at fixed dimensions, with its inputs in memory.
//
// Enters: a manifest, one tab-separated line per item, written by bench.py:
//   dim     NAME  SIZE                      value of a symbolic dimension
//   input   NAME  TYPE  D0,D1,..  FILE      raw row-major bytes; TYPE is an ONNX TensorProto.DataType
//   output  NAME  TYPE  D0,D1,..  FILE      expected bytes of a float output, or - when it is not compared
// Leaves: tensors in 64-byte aligned memory. All peers read the same inputs; each writes outputs of its own.
#ifndef MOTION_TEST_BENCHMARK_WORKLOAD_H
#define MOTION_TEST_BENCHMARK_WORKLOAD_H
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace motion::bench {

/// Prints a message to stderr and ends the program with exit code 1.
[[noreturn]] void fail(const std::string &message);

/// Memory aligned to 64 bytes, freed with the object.
class Buffer {
public:
  explicit Buffer(size_t bytes = 0);
  void *data() const { return memory.get(); }
  size_t size() const { return bytes; }

private:
  struct Free {
    void operator()(void *pointer) const { std::free(pointer); }
  };
  size_t bytes;
  std::unique_ptr<void, Free> memory;
};

/// One input or output at fixed dimensions.
struct Tensor {
  std::string name;
  int type = 1; ///< ONNX TensorProto.DataType
  std::vector<int64_t> dims;
  Buffer buffer; ///< the input, or the expected output; empty when there is none
  size_t bytes() const;
};

struct Workload {
  std::map<std::string, int64_t> dims;
  std::vector<Tensor> inputs, outputs;
};

/// Reads a manifest and the files that it names (relative to its folder).
Workload readWorkload(const std::string &path);

/// Output buffers for one peer, filled with bytes of NaNs, so that an output left unwritten is seen.
std::vector<Buffer> makeOutputs(const Workload &workload);

/// Largest |value - expected| / max|expected| over all float outputs that have an expected value.
double outputError(const Workload &workload, const std::vector<Buffer> &outputs);

} // namespace motion::bench
#endif
