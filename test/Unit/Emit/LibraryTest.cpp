// Shared libraries from hand-written modules: loaded, called through both doors, and inspected.
#include "runtime/motion_abi.h"
#include "test/Unit/Emit/EmitFixture.h"
#include <cstring>
#include <dlfcn.h>
#include <elf.h>

namespace {

class Library : public EmitTest {
protected:
  ~Library() override {
    if (handle)
      ::dlclose(handle);
  }
  void load(const std::string &library) {
    handle = ::dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_TRUE(handle) << ::dlerror();
  }
  template <typename Type> Type *symbol(const char *name) {
    void *found = ::dlsym(handle, name);
    EXPECT_TRUE(found) << name;
    return reinterpret_cast<Type *>(found);
  }
  void *handle = nullptr;
};

constexpr float addend[4] = {0.5f, 1, -1, 0};
llvm::ArrayRef<char> constantsOf(const float (&values)[4]) { return {reinterpret_cast<const char *>(values), sizeof values}; }

using AffineRun = int(const float *, int64_t, float *, void *);
using ModelFunction = const motion_model *(motion_functions *);

TEST_F(Library, RunsThroughTheTypedFunction) {
  load(emitFile("affine", "libaffine.so", {}, constantsOf(addend)));
  auto *run = symbol<AffineRun>("affine_run");
  auto *workspaceBytes = symbol<size_t(int64_t)>("affine_workspace");
  EXPECT_EQ(workspaceBytes(1), 16u);
  EXPECT_EQ(workspaceBytes(1048576), 16777216u);
  EXPECT_EQ(workspaceBytes(0), size_t(-1));
  EXPECT_EQ(workspaceBytes(1048577), size_t(-1));
  EXPECT_EQ(workspaceBytes(-1), size_t(-1));
  alignas(64) float workspace[16] = {};
  const float x[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  float y[8] = {};
  ASSERT_EQ(run(x, 2, y, workspace), MOTION_OK);
  const float expected[8] = {0.5f, 3, 3, 6, 8.5f, 11, 11, 14};
  EXPECT_EQ(std::memcmp(y, expected, sizeof y), 0);
}

TEST_F(Library, ChecksArguments) {
  load(emitFile("affine", "libaffine.so", {}, constantsOf(addend)));
  auto *run = symbol<AffineRun>("affine_run");
  alignas(64) float workspace[16] = {}, x[4] = {}, y[4] = {};
  const auto shift = [](float *pointer, int bytes) { return reinterpret_cast<float *>(reinterpret_cast<char *>(pointer) + bytes); };
  EXPECT_EQ(run(nullptr, 1, y, workspace), MOTION_FAIL(MOTION_E_NULL, 0));
  EXPECT_EQ(run(shift(x, 2), 1, y, workspace), MOTION_FAIL(MOTION_E_ALIGN, 0));
  EXPECT_EQ(run(x, 0, y, workspace), MOTION_FAIL(MOTION_E_DIM, 1));
  EXPECT_EQ(run(x, INT64_MIN, y, workspace), MOTION_FAIL(MOTION_E_DIM, 1));
  EXPECT_EQ(run(x, 1048577, y, workspace), MOTION_FAIL(MOTION_E_DIM, 1));
  EXPECT_EQ(run(x, 1, nullptr, workspace), MOTION_FAIL(MOTION_E_NULL, 2));
  EXPECT_EQ(run(x, 1, y, nullptr), MOTION_FAIL(MOTION_E_NULL, 3));
  EXPECT_EQ(run(x, 1, y, shift(workspace, 32)), MOTION_FAIL(MOTION_E_ALIGN, 3));
  EXPECT_EQ(run(x, 1, y, workspace), MOTION_OK);
  EXPECT_EQ(MOTION_CODE(run(x, 1, nullptr, workspace)), MOTION_E_NULL);
  EXPECT_EQ(MOTION_ARGUMENT(run(x, 1, nullptr, workspace)), 2);
}

TEST_F(Library, WithoutChecksStillPlansSafely) {
  motion::EmitOptions options;
  options.checks = false;
  load(emitFile("affine", "libaffine.so", options, constantsOf(addend)));
  motion_functions functions = {};
  functions.size = sizeof functions;
  const motion_model *model = symbol<ModelFunction>("affine_model")(&functions);
  EXPECT_EQ(model->features & MOTION_HAS_CHECKS, 0u);
  int64_t dims[] = {0};
  motion_call call = {};
  call.size = sizeof call;
  call.dims = dims;
  EXPECT_EQ(functions.plan(&call), MOTION_FAIL(MOTION_E_DIM, 1));
  EXPECT_EQ(functions.run(&call), MOTION_FAIL(MOTION_E_DIM, 1));
  dims[0] = 3;
  EXPECT_EQ(functions.plan(&call), MOTION_OK);
  EXPECT_EQ(call.workspace_bytes, 48u);
}

TEST_F(Library, UniformCall) {
  load(emitFile("affine", "libaffine.so", {}, constantsOf(addend)));
  motion_functions functions;
  std::memset(&functions, 0xff, sizeof functions);
  functions.size = sizeof functions;
  symbol<ModelFunction>("affine_model")(&functions);
  EXPECT_FALSE(functions.pack || functions.prepare || functions.release);
  alignas(64) float workspace[16] = {};
  const float x[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  float y[8] = {};
  const void *inputs[] = {x};
  void *outputs[] = {y};
  int64_t dims[] = {2};
  motion_call call = {};
  call.size = sizeof call;
  call.inputs = inputs;
  call.outputs = outputs;
  call.dims = dims;
  call.state_bytes = call.weights_bytes = 77;
  ASSERT_EQ(functions.plan(&call), MOTION_OK);
  EXPECT_EQ(call.workspace_bytes, 32u);
  EXPECT_EQ(call.state_bytes, 0u);
  EXPECT_EQ(call.weights_bytes, 0u);
  EXPECT_EQ(functions.run(&call), MOTION_FAIL(MOTION_E_NULL, 3));
  call.workspace = workspace;
  EXPECT_EQ(functions.run(&call), MOTION_OK);
  EXPECT_EQ(y[7], 14);
  call.workspace_bytes = 31;
  EXPECT_EQ(functions.run(&call), MOTION_FAIL(MOTION_E_WORKSPACE, 3));
  call.workspace_bytes = 32;
  call.weights = x;
  EXPECT_EQ(MOTION_CODE(functions.run(&call)), MOTION_E_UNSUPPORTED);
  call.weights = nullptr;
  call.inputs = nullptr;
  EXPECT_EQ(functions.run(&call), MOTION_FAIL(MOTION_E_NULL, 0));
  call.inputs = inputs;
  call.outputs = nullptr;
  EXPECT_EQ(functions.run(&call), MOTION_FAIL(MOTION_E_NULL, 2));
  EXPECT_EQ(functions.plan(nullptr), MOTION_FAIL(MOTION_E_NULL, 0));
}

TEST_F(Library, ReadsAndWritesOnlyWhatTheCallersStructsHave) {
  load(emitFile("affine", "libaffine.so", {}, constantsOf(addend)));
  auto *model = symbol<ModelFunction>("affine_model");
  struct {
    size_t size;
    void *plan, *canary;
  } old = {16, nullptr, &old};
  EXPECT_TRUE(model(reinterpret_cast<motion_functions *>(&old)));
  EXPECT_TRUE(old.plan);
  EXPECT_EQ(old.canary, &old);
  motion_functions functions = {};
  functions.size = sizeof functions;
  model(&functions);
  int64_t dims[] = {1};
  alignas(64) float workspace[4], x[4] = {1, 1, 1, 1}, y[4];
  const void *inputs[] = {x};
  void *outputs[] = {y};
  motion_call call;
  std::memset(&call, 0xff, sizeof call); // reading a field beyond the size would find weights and a host
  call.inputs = inputs;
  call.outputs = outputs;
  call.dims = dims;
  call.workspace = workspace;
  call.size = offsetof(motion_call, state);
  ASSERT_EQ(functions.plan(&call), MOTION_OK);
  EXPECT_EQ(call.workspace_bytes, 16u);
  EXPECT_EQ(call.state_bytes, SIZE_MAX);
  EXPECT_EQ(functions.run(&call), MOTION_OK);
  EXPECT_EQ(y[0], 2.5f);
  call.size = offsetof(motion_call, state) - 8;
  EXPECT_EQ(MOTION_CODE(functions.plan(&call)), MOTION_E_UNSUPPORTED);
}

TEST_F(Library, ErrorsOfTheModelAndStaticSizes) {
  load(emitFile("fixed", "libfixed.so"));
  auto *run = symbol<int(const int64_t *, const uint16_t *, const float *, uint16_t *, uint8_t *, void *)>("fixed_run");
  EXPECT_EQ(symbol<size_t()>("fixed_workspace")(), 0u);
  const int64_t x[3] = {1, 0, 1}, bad[3] = {0, 2, 0};
  const uint16_t table[10] = {0, 1, 2, 3, 4, 10, 11, 12, 13, 14};
  uint16_t y[15] = {};
  uint8_t s[3];
  EXPECT_EQ(run(x, table, nullptr, y, s, nullptr), MOTION_OK) << "an empty tensor and an unused workspace may be NULL";
  EXPECT_EQ(y[0], 10);
  EXPECT_EQ(y[5], 0);
  EXPECT_EQ(y[14], 14);
  EXPECT_EQ(run(bad, table, nullptr, y, s, nullptr), MOTION_FAIL(MOTION_E_VALUE, 0)) << "what the model returns";
}

TEST_F(Library, StructOfArgumentsAndHost) {
  motion::EmitOptions options;
  options.threads = 8;
  load(emitFile("many", "libmany.so", options));
  auto *run = symbol<int(const void *, void *, const motion_host *)>("many_run");
  auto *workspaceBytes = symbol<size_t(int64_t, int64_t)>("many_workspace");
  const int64_t values[7] = {1, 2, 4, 8, 16, 32, 64};
  int64_t out0[3], out1[1];
  struct {
    const int64_t *in[7];
    int64_t n, m;
    int64_t *out0, *out1;
  } args = {{values, values + 1, values + 2, values + 3, values + 4, values + 5, values + 6}, 5, 2, out0, out1};
  alignas(64) char workspace[64];
  motion_host host = {};
  ASSERT_EQ(run(&args, workspace, &host), MOTION_OK);
  EXPECT_EQ(out1[0], 127);
  EXPECT_EQ(out0[0], 5);
  EXPECT_EQ(out0[1], 2);
  EXPECT_EQ(out0[2], reinterpret_cast<int64_t>(&host));
  EXPECT_EQ(run(nullptr, workspace, &host), MOTION_FAIL(MOTION_E_NULL, 0));
  args.m = 1;
  EXPECT_EQ(run(&args, workspace, &host), MOTION_FAIL(MOTION_E_DIM, 8));
  args.m = 2;
  args.out1 = nullptr;
  EXPECT_EQ(run(&args, workspace, &host), MOTION_FAIL(MOTION_E_NULL, 10));
  args.out1 = out1;
  EXPECT_EQ(run(&args, nullptr, &host), MOTION_FAIL(MOTION_E_NULL, 11));
  args.in[0] = nullptr;
  EXPECT_EQ(run(&args, workspace, &host), MOTION_FAIL(MOTION_E_NULL, 0));
  EXPECT_EQ(workspaceBytes(0, 2), 64u);
  EXPECT_EQ(workspaceBytes(3, 2), 112u);
  EXPECT_EQ(workspaceBytes(int64_t(1) << 31, int64_t(1) << 31), size_t(-1)) << "2^65 bytes";
  EXPECT_EQ(workspaceBytes(INT64_MAX, 2), size_t(-1));
  motion_functions functions = {};
  functions.size = sizeof functions;
  const motion_model *model = symbol<ModelFunction>("many_model")(&functions);
  EXPECT_EQ(model->workspace_bytes, UINT64_MAX);
  EXPECT_EQ(model->max_threads, 8u);
  EXPECT_TRUE(model->features & MOTION_HAS_THREADS);
  args.in[0] = values;
  int64_t dims[] = {int64_t(1) << 31, int64_t(1) << 31};
  void *outputs[] = {out0, out1};
  motion_call call = {};
  call.size = sizeof call;
  call.inputs = reinterpret_cast<const void *const *>(args.in);
  call.outputs = outputs;
  call.dims = dims;
  call.workspace = workspace;
  call.host = &host;
  EXPECT_EQ(functions.plan(&call), MOTION_FAIL(MOTION_E_DIM, 7));
  dims[0] = 0, dims[1] = 7;
  EXPECT_EQ(functions.plan(&call), MOTION_OK);
  EXPECT_EQ(functions.run(&call), MOTION_OK);
  EXPECT_EQ(out0[1], 7);
  EXPECT_EQ(out0[2], reinterpret_cast<int64_t>(&host));
  call.size = offsetof(motion_call, host);
  EXPECT_EQ(functions.run(&call), MOTION_OK);
  EXPECT_EQ(out0[2], 0) << "older callers have no host";
}

TEST_F(Library, DerivedDimensions) {
  load(emitFile("twice", "libtwice.so"));
  auto *run = symbol<int(const double *, int64_t, double *, void *)>("twice_run");
  const double x[4] = {1, 2, 3, 4};
  double y[8] = {};
  ASSERT_EQ(run(x, 2, y, nullptr), MOTION_OK);
  EXPECT_EQ(y[3], 4);
  EXPECT_EQ(y[4], 1);
  EXPECT_EQ(run(x, 2, nullptr, nullptr), MOTION_FAIL(MOTION_E_NULL, 2));
  motion_functions functions = {};
  functions.size = sizeof functions;
  const motion_model *model = symbol<ModelFunction>("twice_model")(&functions);
  ASSERT_EQ(model->dims.count, 2u);
  const char *base = reinterpret_cast<const char *>(model);
  const auto *dim = reinterpret_cast<const motion_dim *>(base + model->dims.offset + model->dims.stride);
  EXPECT_EQ(dim->kind, uint32_t(MOTION_DIM_DERIVED));
  EXPECT_STREQ(base + dim->formula, "2 * batch");
  int64_t dims[] = {3, -1};
  motion_call call = {};
  call.size = sizeof call;
  call.dims = dims;
  ASSERT_EQ(functions.plan(&call), MOTION_OK);
  EXPECT_EQ(dims[0], 3);
  EXPECT_EQ(dims[1], 6);
}

TEST_F(Library, MotionRunDescribesAndRunsIt) {
  const std::string library = emitFile("affine", "libaffine.so", {}, constantsOf(addend));
  const std::string text = shell(MOTION_RUN " --describe " + library);
  for (const char *part : {"affine.onnx", "x:0", "y/out", "[batch, 4]", "1 .. 1048576", "Gemm_0"})
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  shell(MOTION_RUN " " + library + " --dim batch=3 --outputs " + path("out.npz"));
  shell(MOTION_RUN " " + library + " --dim batch=3 --expect " + path("out.npz"));
}

TEST_F(Library, DescriptionLiesInTheFirstPage) {
  const std::string file = emitFile("affine", "libaffine.so", {}, constantsOf(addend)), bytes = readText(file);
  const size_t at = bytes.find(std::string(MOTION_MAGIC, 8));
  ASSERT_LT(at, 4096 - sizeof(motion_model));
  motion_model head;
  std::memcpy(&head, bytes.data() + at, sizeof head);
  load(file);
  const motion_model *model = symbol<ModelFunction>("affine_model")(nullptr);
  EXPECT_EQ(std::memcmp(model, bytes.data() + at, head.total_size), 0);
  const char *base = reinterpret_cast<const char *>(model);
  EXPECT_STREQ(base + model->name, "affine");
  EXPECT_STREQ(base + model->source, "affine.onnx");
  EXPECT_EQ(model->model_sha256[0], 0x5f);
  EXPECT_EQ(model->model_sha256[31], 0xe1);
  EXPECT_EQ(model->workspace_bytes, 16777216u);
  EXPECT_EQ(model->workspace_align, 64u);
  EXPECT_EQ(model->features, uint32_t(MOTION_HAS_CHECKS));
  ASSERT_EQ(model->inputs.count, 1u);
  const auto *input = reinterpret_cast<const motion_tensor *>(base + model->inputs.offset);
  EXPECT_STREQ(base + input->name, "x:0");
  EXPECT_STREQ(base + input->c_name, "x_0");
  EXPECT_EQ(input->type, 1);
  EXPECT_EQ(input->rank, 2);
  const auto *dims = reinterpret_cast<const int64_t *>(base + input->dims);
  EXPECT_EQ(dims[0], -1);
  EXPECT_EQ(dims[1], 4);
  EXPECT_EQ(input->max_bytes, 16777216u);
  ASSERT_EQ(model->kernels.count, 1u);
  const auto *kernel = reinterpret_cast<const motion_kernel *>(base + model->kernels.offset);
  EXPECT_STREQ(base + kernel->name, "Gemm_0");
  EXPECT_EQ(kernel->nodes, 2u);
  ASSERT_EQ(model->metadata.count, 1u);
  const auto *entry = reinterpret_cast<const motion_metadata *>(base + model->metadata.offset);
  EXPECT_STREQ(base + entry->value, "M\xc3\xbcller \"und\" Sohn");
}

} // namespace
