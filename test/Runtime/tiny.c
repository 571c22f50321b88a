/* A hand-written library in the form that motionc writes: y = 2 * x + 1 for x [batch, 4], batch 1 .. 1024.
 * It tests loader, motion-run and the Python package without a compiler. Names hold characters that files and C do not. */
#include "test/Runtime/tiny_description.h"

enum { columns = 4, max_batch = 1024 };

struct description {
  struct motion_model model;
  struct motion_tensor inputs[1], outputs[1];
  struct motion_dim dims[1];
  struct motion_kernel kernels[1];
  struct motion_metadata metadata[1];
  int64_t x_dims[2], y_dims[2];
  char name[8], source[16], compiler[16], options[16], target[24], cpu[16];
  char x_name[8], x_c_name[8], y_name[8], y_c_name[8], batch[8], kernel[8], key[8], value[24];
};

#define AT(member) TINY_AT(struct description, member)
#define ROW (columns * (uint64_t)sizeof(float))

TINY_NOTE static const struct {
  struct tiny_note_head head;
  struct description content;
} note = {
    {7, sizeof(struct description), 1, "motion"},
    {
        .model = {.magic = MOTION_MAGIC, .abi_major = MOTION_ABI_MAJOR, .abi_minor = MOTION_ABI_MINOR,
                  .size = sizeof(struct motion_model), .total_size = sizeof(struct description),
                  .interface_hash = UINT64_C(0x1122334455667788), .model_sha256 = {0xab, 0xcd}, .features = MOTION_HAS_CHECKS,
                  .name = AT(name), .source = AT(source), .compiler = AT(compiler), .options = AT(options),
                  .target = AT(target), .cpu = AT(cpu),
                  .inputs = TINY_TABLE(struct description, inputs, motion_tensor),
                  .outputs = TINY_TABLE(struct description, outputs, motion_tensor),
                  .dims = TINY_TABLE(struct description, dims, motion_dim),
                  .kernels = TINY_TABLE(struct description, kernels, motion_kernel),
                  .metadata = TINY_TABLE(struct description, metadata, motion_metadata),
                  .workspace_align = 64, .max_threads = 1, .stack_bytes = 64, .workspace_bytes = max_batch * ROW},
        .inputs = {{.name = AT(x_name), .c_name = AT(x_c_name), .type = 1, .rank = 2, .dims = AT(x_dims), .max_bytes = max_batch * ROW}},
        .outputs = {{.name = AT(y_name), .c_name = AT(y_c_name), .type = 1, .rank = 2, .dims = AT(y_dims), .max_bytes = max_batch * ROW}},
        .dims = {{.name = AT(batch), .c_name = AT(batch), .kind = MOTION_DIM_FREE, .min = 1, .max = max_batch}},
        .kernels = {{.name = AT(kernel), .nodes = 2}},
        .metadata = {{AT(key), AT(value)}},
        .x_dims = {-1, columns}, .y_dims = {-1, columns},
        .name = "tiny", .source = "tiny.onnx", .compiler = "by hand", .options = "", .target = "x86_64-linux-gnu", .cpu = "x86-64",
        .x_name = "x:0", .x_c_name = "x_0", .y_name = "y/out", .y_c_name = "y_out", .batch = "batch", .kernel = "scale",
        .key = "author", .value = "M\303\274ller \"und\" Sohn",
    },
};

TINY_EXPORT size_t tiny_workspace(int64_t batch) { return batch < 1 || batch > max_batch ? (size_t)-1 : (size_t)batch * ROW; }

TINY_EXPORT int tiny_run(const float *x, int64_t batch, float *y, void *workspace) {
  float *doubled = (float *)workspace;
  int64_t i;
  if (!x)
    return MOTION_FAIL(MOTION_E_NULL, 0);
  if ((uintptr_t)x % sizeof(float))
    return MOTION_FAIL(MOTION_E_ALIGN, 0);
  if (batch < 1 || batch > max_batch)
    return MOTION_FAIL(MOTION_E_DIM, 1);
  if (!y)
    return MOTION_FAIL(MOTION_E_NULL, 2);
  if ((uintptr_t)y % sizeof(float))
    return MOTION_FAIL(MOTION_E_ALIGN, 2);
  if (!workspace)
    return MOTION_FAIL(MOTION_E_NULL, 3);
  if ((uintptr_t)workspace % 64)
    return MOTION_FAIL(MOTION_E_ALIGN, 3);
  for (i = 0; i < batch * columns; ++i)
    doubled[i] = 2 * x[i];
  for (i = 0; i < batch * columns; ++i)
    y[i] = doubled[i] + 1;
  return MOTION_OK;
}

static int plan(struct motion_call *call) {
  size_t size = tiny_workspace(call->dims[0]);
  if (size == (size_t)-1)
    return MOTION_FAIL(MOTION_E_DIM, 1);
  call->workspace_bytes = size;
  call->state_bytes = 0;
  return MOTION_OK;
}

static int run(struct motion_call *call) {
  if (call->dims[0] >= 1 && call->dims[0] <= max_batch && call->workspace_bytes < tiny_workspace(call->dims[0]))
    return MOTION_FAIL(MOTION_E_WORKSPACE, 3);
  return tiny_run((const float *)call->inputs[0], call->dims[0], (float *)call->outputs[0], call->workspace);
}

TINY_EXPORT const struct motion_model *tiny_model(struct motion_functions *functions) {
  tiny_functions(functions, plan, run);
  return &note.content.model;
}
