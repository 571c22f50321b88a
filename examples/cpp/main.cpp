// Calls a compiled model from C++17: owning memory, checked sizes, error texts, the library checked against the header.
//
//   motionc deephase.onnx -o libdeephase.so
//   clang++ -std=c++17 -O2 main.cpp -I<repository>/runtime -L. -ldeephase -Wl,-rpath,'$ORIGIN' -o example && ./example
#include "deephase.h"
#include "motion_abi.h"

#include <cmath>
#include <cstdio>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

/// deephase with a workspace of its own; one object per thread.
class Deephase {
public:
  /// For batches of at most `largest` rows. Throws when the library is not the header's, or this CPU cannot run it.
  explicit Deephase(int64_t largest) : largest(largest) {
    if (deephase_model(nullptr)->interface_hash != DEEPHASE_INTERFACE)
      throw std::runtime_error("library and header are of different models");
    size_t size = deephase_workspace(largest);
    if (size == static_cast<size_t>(-1))
      throw std::runtime_error("the batch is out of range, or this CPU cannot run the library");
    workspace.reset(::operator new(size, alignment));
  }

  /// Rows of 132 numbers in, rows of 2 out.
  std::vector<float> operator()(const std::vector<float> &pose) const {
    auto batch = static_cast<int64_t>(pose.size() / DEEPHASE_INPUT_COUNT(1));
    if (batch > largest || pose.size() != static_cast<size_t>(DEEPHASE_INPUT_COUNT(batch)))
      throw std::invalid_argument("expected whole rows of 132 numbers, at most " + std::to_string(largest));
    std::vector<float> phase(static_cast<size_t>(DEEPHASE_OUTPUT_COUNT(batch)));
    if (int result = deephase_run(pose.data(), batch, phase.data(), workspace.get()))
      throw std::runtime_error("code " + std::to_string(MOTION_CODE(result)) + ", argument " + std::to_string(MOTION_ARGUMENT(result)));
    return phase;
  }

private:
  static constexpr std::align_val_t alignment{64};
  struct Delete {
    void operator()(void *memory) const { ::operator delete(memory, alignment); }
  };
  std::unique_ptr<void, Delete> workspace;
  int64_t largest;
};

} // namespace

int main() {
  try {
    Deephase model(64);
    std::vector<float> pose(DEEPHASE_INPUT_COUNT(3));
    for (size_t i = 0; i < pose.size(); ++i)
      pose[i] = std::sin(0.1f * static_cast<float>(i));
    std::vector<float> phase = model(pose);
    for (size_t row = 0; row < 3; ++row)
      std::printf("row %zu: phase %g %g\n", row, phase[2 * row], phase[2 * row + 1]);
    try {
      model(std::vector<float>());
    } catch (const std::runtime_error &error) {
      std::printf("an empty batch: %s\n", error.what());
    }
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
