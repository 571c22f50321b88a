// Enters: a loaded model, dimensions and arrays by their ONNX names. Leaves: one planned call with its memory, and the
// arrays it computed.
#ifndef MOTION_RUNTIME_LOADER_INVOCATION_H
#define MOTION_RUNTIME_LOADER_INVOCATION_H

#include "runtime/loader/Library.h"
#include "runtime/loader/Npz.h"

#include <optional>

namespace motion {

/// One call of a model. Use: setDim and setInput in any order, then plan() once, then run() as often as wanted.
class Invocation {
public:
  /// Throws Error when the model has tensors that this version cannot pass (text, sequences, maps).
  explicit Invocation(const Library &library);
  Invocation(const Invocation &) = delete;
  Invocation &operator=(const Invocation &) = delete;

  /// Sets a free dimension. Throws UsageError for one that is not free, out of its range, or set to another value before.
  void setDim(const std::string &name, int64_t size);

  /// Sets an input, whose sizes set the free dimensions of its shape. The array is copied. Throws Error where name, dtype
  /// or shape do not fit.
  void setInput(const std::string &name, const Array &array);

  /// Lends threads to the run; null: the calling thread.
  void setHost(const motion_host *host) { call.host = host; }

  /// Sizes everything and allocates it. Free dimensions that nothing set become 1, or their minimum above; inputs that
  /// nobody gave become random numbers of `seed`: floats in [-1, 1), integers 0 or 1. Throws Error.
  void plan(uint64_t seed);

  /// Runs the model: 0 or a negative result, see Description::resultText. Allocates nothing.
  int run() { return functions.run(&call); }

  /// The outputs of the last run, or, before one, zeroes of the largest shapes.
  NamedArrays outputs() const;

  /// The inputs as the library gets them, random ones included.
  NamedArrays inputs() const;

  /// The size of dimension `index` of the description.
  int64_t dim(size_t index) const { return dims[index]; }

private:
  std::string describe(const TensorInfo &tensor) const;
  Shape sizes(const TensorInfo &tensor) const;
  void bindDim(size_t index, int64_t size, const std::string &source);
  void callPlan();
  void checkInput(size_t index) const;

  const Description &info;
  motion_functions functions;
  std::vector<std::optional<Array>> given;
  std::vector<Buffer> inputBuffers, outputBuffers;
  std::vector<std::string> dimSource;  ///< who set a free dimension; "" = nobody
  std::vector<int64_t> dims;
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
  Buffer workspace, state;
  motion_call call = {};
};

/// Returns random elements of `type`: floats in [-1, 1), integers 0 or 1, the same for the same `generator` state.
Array makeRandomArray(const ElementType &type, const Shape &shape, uint64_t &generator, const std::string &what);

} // namespace motion

#endif
