/* motion_abi.h: the binary interface of every library that motionc writes. C99 and C++. */
#ifndef MOTION_ABI_H
#define MOTION_ABI_H
#include <stddef.h>
#include <stdint.h>
#define MOTION_MAGIC "\177MOTION"   /* 8 bytes with the final 0 */
#define MOTION_ABI_MAJOR 1         /* another major: refuse (256: the other byte order). A minor only appends fields, flags, codes. */
#define MOTION_ABI_MINOR 0
/* Results: 0 done, > 0 not yet, < 0 error. The argument is the position among the parameters of NAME_run. */
enum { MOTION_OK = 0, MOTION_PENDING = 1,
       MOTION_E_NULL = 1, MOTION_E_ALIGN, MOTION_E_DIM, MOTION_E_BOUND, MOTION_E_VALUE, MOTION_E_WORKSPACE, MOTION_E_STATE,
       MOTION_E_WEIGHTS, MOTION_E_CPU, MOTION_E_CANCELLED, MOTION_E_UNSUPPORTED, MOTION_E_DEVICE };
#define MOTION_FAIL(code, argument) (-((code) | ((argument) << 8)))
#define MOTION_CODE(result) (-(result) & 0xff)
#define MOTION_ARGUMENT(result) (-(result) >> 8)
/* ---- Description: constant bytes without pointers, the same layout on every target. Offsets count from struct motion_model;
 *      0 = none. Strings are UTF-8 with a final 0. Step through tables by `stride`, not sizeof. ---- */
struct motion_table { uint32_t offset, count, stride; };
struct motion_model {
  char     magic[8];
  uint16_t abi_major, abi_minor;
  uint32_t size;                   /* of this struct in the library: what lies beyond reads as 0 */
  uint32_t total_size;             /* of the whole description, tables and strings */
  uint32_t required;               /* MOTION_NEEDS_*: refuse the library if a bit is unknown to you */
  uint64_t interface_hash;         /* of names, types, shapes, parameters: NAME_INTERFACE of the header that fits */
  uint8_t  model_sha256[32];       /* of the .onnx and its external data */
  uint32_t features;               /* MOTION_HAS_*: ignore unknown bits */
  uint32_t name, source, compiler, options, target, cpu;                 /* strings: symbol prefix, bare file name, ..., triple, ISA levels */
  struct motion_table inputs, outputs, weights;                          /* struct motion_tensor; weights: those that pack() takes */
  struct motion_table dims, states, kernels, metadata;                   /* motion_dim, _state, _kernel, _metadata */
  uint32_t workspace_align, max_threads, stack_bytes, device;            /* device: 0 CPU, 1 CUDA */
  uint64_t workspace_bytes, state_bytes, weights_bytes;                  /* at the largest dims; UINT64_MAX = no bound */
};
enum { MOTION_NEEDS_WEIGHTS = 1, MOTION_NEEDS_STATE = 2, MOTION_NEEDS_PREPARE = 4 };
enum { MOTION_HAS_CHECKS = 1, MOTION_HAS_THREADS = 2, MOTION_HAS_STEP = 4, MOTION_HAS_RESUME = 8, MOTION_HAS_PACK = 16, MOTION_HAS_EXACT = 32 /* same bits on every CPU */ };
struct motion_tensor {
  uint32_t name, c_name;           /* as in the model; as in the header */
  uint16_t type;                   /* ONNX TensorProto.DataType of the elements: 1 float, 7 int64, 9 bool, 10 float16, 22 int4 ... */
  uint8_t  kind, rank;             /* kind: 0 tensor; as struct motion_list: 1 sequence, 2 optional, 3 map */
  uint32_t flags;                  /* MOTION_TENSOR_* */
  uint32_t dims;                   /* rank int64_t: size, or -1-d for entry d of the dims table */
  uint32_t strides;                /* reserved; 0 = row-major without gaps */
  uint64_t max_bytes;              /* at the largest dims; UINT64_MAX = no bound */
};
enum { MOTION_TENSOR_OPTIONAL = 1, MOTION_TENSOR_VALUE = 2 /* plan() reads it: shapes or text lengths follow from it */, MOTION_TENSOR_STATE = 4 };
struct motion_dim { uint32_t name, c_name, kind, formula /* text */; int64_t min, max; };
enum { MOTION_DIM_FREE = 0 /* caller sets */, MOTION_DIM_DERIVED = 1 /* plan() sets */, MOTION_DIM_ACTUAL = 2 /* plan() sets the bound, run() the size */,
       MOTION_DIM_STATE = 3 /* kept in the state, grows by a run */ };
struct motion_state { uint32_t input, output, dim /* 1 + growing dim, or 0 */, axis; uint64_t offset, bytes /* UINT64_MAX = symbolic */; };   /* input UINT32_MAX: random counter */
struct motion_kernel { uint32_t name, nodes; uint64_t flops, bytes; };   /* 0 = depends on dims */
struct motion_metadata { uint32_t key, value; };                         /* the model's metadata_props */
/* ---- Values that are no plain array ---- */
struct motion_string { const char *data; size_t size; };                 /* not 0-terminated */
struct motion_item { void *data; const int64_t *dims; uint32_t rank, type; };
struct motion_list { struct motion_item *items; size_t count; };         /* optional: items NULL = none; map: keys, values in turn */
/* ---- What a caller may lend. Zero the struct, set size, fill what you have. ---- */
typedef void motion_task(void *data, uint32_t index);
struct motion_host {
  size_t size;
  uint32_t flags, threads;         /* threads: tasks that may run at once; 0 and 1 = the calling thread only */
  void *user;
  void (*parallel)(void *user, uint32_t kernel, uint32_t count, motion_task *task, void *data);   /* count <= threads; returns when all have ended */
  int (*step)(void *user, uint32_t kernel);   /* before each kernel, and at the end with kernels.count, on the thread of task 0: MOTION_OK
                                                 goes on, MOTION_PENDING stops (call again to resume), a negative result ends the run */
};
enum { MOTION_HOST_CONCURRENT = 1 };          /* all tasks of one parallel() are certain to run at the same time: barriers allowed */
/* ---- The uniform call, for bindings. Zero the struct, set size. ---- */
struct motion_call {
  size_t size;
  const void *const *inputs;       /* one pointer per input: data, or struct motion_list; NULL: optional and absent, or state */
  void *const *outputs;            /* one per output; NULL: state, or empty */
  int64_t *dims;                   /* one per entry of the dims table */
  void *workspace;      size_t workspace_bytes;     /* plan() sets the sizes, run() checks them */
  void *state;          size_t state_bytes;
  const void *weights;  size_t weights_bytes;       /* image; NULL = the embedded one */
  const struct motion_host *host;  /* NULL = the calling thread, no hooks */
  uint64_t position;               /* reserved for MOTION_HAS_RESUME: 0 starts; run() keeps its place here */
  void *stream, *prepared;         /* reserved for devices: CUstream; what prepare() returned */
};
struct motion_functions {          /* the library fills what fits into size; the rest is NULL */
  size_t size;
  int (*plan)(struct motion_call *call);   /* FREE dims and VALUE inputs in; all dims and sizes out; says whether this CPU will do */
  int (*run)(struct motion_call *call);
  int (*pack)(struct motion_call *call, const void *const *tensors, void *image);      /* ONNX weights -> weights_bytes of image */
  int (*prepare)(struct motion_call *call);                                            /* reserved: device memory, modules */
  void (*release)(void *prepared);
};
/* Exported per model: NAME_run, NAME_workspace, const struct motion_model *NAME_model(struct motion_functions *or_null);
 * and NAME_state, the size of a state that depends on dims. */
typedef char motion_abi_check[sizeof(struct motion_model) == 216 && offsetof(struct motion_model, inputs) == 92 &&
                              offsetof(struct motion_model, workspace_bytes) == 192 && sizeof(struct motion_tensor) == 32 &&
                              sizeof(struct motion_dim) == 32 && sizeof(struct motion_state) == 32 && sizeof(struct motion_kernel) == 24 ? 1 : -1];
#endif
