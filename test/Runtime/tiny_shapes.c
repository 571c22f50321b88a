/* A hand-written library with every class of shape, a state and threads:
 *   input  x "x" float [batch, 4]; input repeats "repeats" int64 [1], read by plan(); state h "h_in" <- "h_out" float [4]
 *   output tiled "tiled" float [rows, 4], rows = batch * repeats (DERIVED): x, `repeats` times
 *   output positive "positive" float [found] (ACTUAL, at most batch * 4): the elements of x above 0, in order
 * The state adds up the columns of x over all runs, and the sums are added to `tiled`. */
#include "test/Runtime/tiny_description.h"

enum { columns = 4, max_batch = 64, max_repeats = 8, max_threads = 4 };
enum { dim_batch, dim_rows, dim_found, dim_count };

struct description {
  struct motion_model model;
  struct motion_tensor inputs[3], outputs[3];
  struct motion_dim dims[dim_count];
  struct motion_state states[1];
  struct motion_kernel kernels[1];
  int64_t x_dims[2], repeats_dims[1], h_dims[1], tiled_dims[2], positive_dims[1];
  char name[16], empty[1], x[8], repeats[8], h_in[8], h_out[8], tiled[8], positive[16], batch[8], rows[8], found[8], formula[24];
};

#define AT(member) TINY_AT(struct description, member)
#define STATE_BYTES (columns * (uint64_t)sizeof(float))

TINY_NOTE static const struct {
  struct tiny_note_head head;
  struct description content;
} note = {
    {7, sizeof(struct description), 1, "motion"},
    {
        .model = {.magic = MOTION_MAGIC, .abi_major = MOTION_ABI_MAJOR, .abi_minor = MOTION_ABI_MINOR,
                  .size = sizeof(struct motion_model), .total_size = sizeof(struct description), .required = MOTION_NEEDS_STATE,
                  .features = MOTION_HAS_CHECKS | MOTION_HAS_THREADS, .name = AT(name),
                  .inputs = TINY_TABLE(struct description, inputs, motion_tensor),
                  .outputs = TINY_TABLE(struct description, outputs, motion_tensor),
                  .dims = TINY_TABLE(struct description, dims, motion_dim),
                  .states = TINY_TABLE(struct description, states, motion_state),
                  .kernels = TINY_TABLE(struct description, kernels, motion_kernel),
                  .workspace_align = 64, .max_threads = max_threads, .state_bytes = STATE_BYTES},
        .inputs = {{.name = AT(x), .c_name = AT(x), .type = 1, .rank = 2, .dims = AT(x_dims), .max_bytes = max_batch * STATE_BYTES},
                   {.name = AT(repeats), .c_name = AT(repeats), .type = 7, .rank = 1, .flags = MOTION_TENSOR_VALUE,
                    .dims = AT(repeats_dims), .max_bytes = 8},
                   {.name = AT(h_in), .c_name = AT(h_in), .type = 1, .rank = 1, .flags = MOTION_TENSOR_STATE, .dims = AT(h_dims),
                    .max_bytes = STATE_BYTES}},
        .outputs = {{.name = AT(tiled), .c_name = AT(tiled), .type = 1, .rank = 2, .dims = AT(tiled_dims),
                     .max_bytes = max_batch * max_repeats * STATE_BYTES},
                    {.name = AT(positive), .c_name = AT(positive), .type = 1, .rank = 1, .dims = AT(positive_dims),
                     .max_bytes = max_batch * STATE_BYTES},
                    {.name = AT(h_out), .c_name = AT(h_out), .type = 1, .rank = 1, .flags = MOTION_TENSOR_STATE, .dims = AT(h_dims),
                     .max_bytes = STATE_BYTES}},
        .dims = {{.name = AT(batch), .c_name = AT(batch), .kind = MOTION_DIM_FREE, .min = 1, .max = max_batch},
                 {.name = AT(rows), .c_name = AT(rows), .kind = MOTION_DIM_DERIVED, .formula = AT(formula), .min = 0,
                  .max = max_batch * max_repeats},
                 {.name = AT(found), .c_name = AT(found), .kind = MOTION_DIM_ACTUAL, .min = 0, .max = max_batch * columns}},
        .states = {{.input = 2, .output = 2, .bytes = STATE_BYTES}},
        .kernels = {{.name = AT(tiled), .nodes = 1}},
        .x_dims = {-1 - dim_batch, columns}, .repeats_dims = {1}, .h_dims = {columns},
        .tiled_dims = {-1 - dim_rows, columns}, .positive_dims = {-1 - dim_found},
        .name = "tiny_shapes", .x = "x", .repeats = "repeats", .h_in = "h_in", .h_out = "h_out", .tiled = "tiled",
        .positive = "positive", .batch = "batch", .rows = "rows", .found = "found", .formula = "batch * repeats[0]",
    },
};

/* Positions: x 0, repeats 1, batch 2, tiled 3, positive 4, found 5, state 6, workspace 7, host 8. */
static int check(const int64_t *repeats, int64_t batch) {
  if (!repeats)
    return MOTION_FAIL(MOTION_E_NULL, 1);
  if (repeats[0] < 0 || repeats[0] > max_repeats)
    return MOTION_FAIL(MOTION_E_VALUE, 1);
  return batch < 1 || batch > max_batch ? MOTION_FAIL(MOTION_E_DIM, 2) : MOTION_OK;
}

TINY_EXPORT size_t tiny_shapes_workspace(const int64_t *repeats, int64_t batch) { return check(repeats, batch) ? (size_t)-1 : 0; }

struct job {
  const float *x, *sums;
  float *tiled;
  int64_t batch, repeats;
  uint32_t tasks;
};

/* Task `index` writes the repetitions index, index + tasks, ... */
static void tile(void *data, uint32_t index) {
  const struct job *job = (const struct job *)data;
  int64_t r, i, size = job->batch * columns;
  for (r = index; r < job->repeats; r += job->tasks)
    for (i = 0; i < size; ++i)
      job->tiled[r * size + i] = job->x[i] + job->sums[i % columns];
}

TINY_EXPORT int tiny_shapes_run(const float *x, const int64_t *repeats, int64_t batch, float *tiled, float *positive, int64_t *found,
                                void *state, void *workspace, const struct motion_host *host) {
  float *sums = (float *)state;
  struct job job;
  int64_t i;
  int result = check(repeats, batch);
  (void)workspace;
  if (!x)
    return MOTION_FAIL(MOTION_E_NULL, 0);
  if (result)
    return result;
  if (!state)
    return MOTION_FAIL(MOTION_E_NULL, 6);
  *found = 0;
  for (i = 0; i < batch * columns; ++i) {
    sums[i % columns] += x[i];
    if (x[i] > 0)
      positive[(*found)++] = x[i];
  }
  job.x = x;
  job.sums = sums;
  job.tiled = tiled;
  job.batch = batch;
  job.repeats = repeats[0];
  job.tasks = host && host->threads > 1 ? (host->threads < max_threads ? host->threads : (uint32_t)max_threads) : 1;
  if (job.tasks > 1)
    host->parallel(host->user, 0, job.tasks, tile, &job);
  else
    tile(&job, 0);
  return MOTION_OK;
}

static int plan(struct motion_call *call) {
  const int64_t *repeats = (const int64_t *)call->inputs[1];
  int result = check(repeats, call->dims[dim_batch]);
  if (result)
    return result;
  call->dims[dim_rows] = call->dims[dim_batch] * repeats[0];
  call->dims[dim_found] = call->dims[dim_batch] * columns;
  call->workspace_bytes = 0;
  call->state_bytes = STATE_BYTES;
  return MOTION_OK;
}

static int run(struct motion_call *call) {
  if (call->state_bytes < STATE_BYTES)
    return MOTION_FAIL(MOTION_E_STATE, 6);
  return tiny_shapes_run((const float *)call->inputs[0], (const int64_t *)call->inputs[1], call->dims[dim_batch], (float *)call->outputs[0],
                         (float *)call->outputs[1], &call->dims[dim_found], call->state, call->workspace, call->host);
}

TINY_EXPORT const struct motion_model *tiny_shapes_model(struct motion_functions *functions) {
  tiny_functions(functions, plan, run);
  return &note.content.model;
}
