// The layout of motion_abi.h that libraries in the field rely on: no offset, size or number here may ever change.
#include "runtime/motion_abi.h"

#include <gtest/gtest.h>
#include <vector>

extern "C" int abiFailFromC(int code, int argument);

namespace {

TEST(Abi, ModelHasItsOffsets) {
  std::vector<size_t> found = {
      offsetof(motion_model, abi_major),    offsetof(motion_model, size),         offsetof(motion_model, total_size),
      offsetof(motion_model, required),     offsetof(motion_model, interface_hash), offsetof(motion_model, model_sha256),
      offsetof(motion_model, features),     offsetof(motion_model, name),         offsetof(motion_model, cpu),
      offsetof(motion_model, inputs),       offsetof(motion_model, outputs),      offsetof(motion_model, weights),
      offsetof(motion_model, dims),         offsetof(motion_model, states),       offsetof(motion_model, kernels),
      offsetof(motion_model, metadata),     offsetof(motion_model, workspace_align), offsetof(motion_model, device),
      offsetof(motion_model, workspace_bytes), offsetof(motion_model, weights_bytes), sizeof(motion_model)};
  EXPECT_EQ(found, (std::vector<size_t>{8, 12, 16, 20, 24, 32, 64, 68, 88, 92, 104, 116, 128, 140, 152, 164, 176, 188, 192, 208, 216}));
}

TEST(Abi, TensorHasItsOffsets) {
  std::vector<size_t> found = {offsetof(motion_tensor, c_name), offsetof(motion_tensor, type), offsetof(motion_tensor, kind),
                               offsetof(motion_tensor, rank),   offsetof(motion_tensor, flags), offsetof(motion_tensor, dims),
                               offsetof(motion_tensor, strides), offsetof(motion_tensor, max_bytes)};
  EXPECT_EQ(found, (std::vector<size_t>{4, 8, 10, 11, 12, 16, 20, 24}));
}

TEST(Abi, CallerStructsHaveTheirOffsets) {
  std::vector<size_t> call = {offsetof(motion_call, inputs),      offsetof(motion_call, outputs),     offsetof(motion_call, dims),
                              offsetof(motion_call, workspace),   offsetof(motion_call, workspace_bytes), offsetof(motion_call, state),
                              offsetof(motion_call, state_bytes), offsetof(motion_call, weights),     offsetof(motion_call, host),
                              offsetof(motion_call, position),    offsetof(motion_call, stream),      sizeof(motion_call)};
  EXPECT_EQ(call, (std::vector<size_t>{8, 16, 24, 32, 40, 48, 56, 64, 80, 88, 96, 112}));
  std::vector<size_t> host = {offsetof(motion_host, flags), offsetof(motion_host, threads), offsetof(motion_host, user),
                              offsetof(motion_host, parallel), offsetof(motion_host, step), sizeof(motion_host)};
  EXPECT_EQ(host, (std::vector<size_t>{8, 12, 16, 24, 32, 40}));
  std::vector<size_t> functions = {offsetof(motion_functions, plan), offsetof(motion_functions, run), offsetof(motion_functions, pack),
                                   offsetof(motion_functions, release), sizeof(motion_functions)};
  EXPECT_EQ(functions, (std::vector<size_t>{8, 16, 24, 40, 48}));
}

TEST(Abi, NumbersStay) {
  EXPECT_EQ(std::vector<int>({MOTION_OK, MOTION_PENDING, MOTION_E_NULL, MOTION_E_ALIGN, MOTION_E_DIM, MOTION_E_BOUND, MOTION_E_VALUE,
                              MOTION_E_WORKSPACE, MOTION_E_STATE, MOTION_E_WEIGHTS, MOTION_E_CPU, MOTION_E_CANCELLED,
                              MOTION_E_UNSUPPORTED, MOTION_E_DEVICE}),
            std::vector<int>({0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  EXPECT_EQ(std::vector<int>({MOTION_DIM_FREE, MOTION_DIM_DERIVED, MOTION_DIM_ACTUAL, MOTION_DIM_STATE}), std::vector<int>({0, 1, 2, 3}));
}

TEST(Abi, ResultsCarryCodeAndArgument) {
  for (int code : {1, 12, 255})
    for (int argument : {0, 1, 7, 1000}) {
      int result = abiFailFromC(code, argument);
      EXPECT_LT(result, 0);
      EXPECT_EQ(MOTION_CODE(result), code);
      EXPECT_EQ(MOTION_ARGUMENT(result), argument);
    }
}

} // namespace
