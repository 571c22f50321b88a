// MotionPeer.cpp: a library made by motionc, loaded and driven through the uniform call of runtime/motion_abi.h.
//
// Enters: the library, the prefix of its symbols, a workload whose names are those of the description. Leaves: a call
// whose pointers and sizes are filled in once; run() is one indirect call.
#include "runtime/motion_abi.h"
#include "test/Benchmark/Peer.h"

#include <cstring>
#if __has_include("runtime/motion_threads.h")
#include "runtime/motion_threads.h"
#define MOTION_BENCH_POOL 1
#endif

namespace motion::bench {
namespace {

/// Reads a description without pointers: offsets count from the model, tables are stepped through by their stride.
class Description {
public:
  explicit Description(const motion_model *model) : model(model) {}
  const char *text(uint32_t offset) const { return at<char>(offset); }
  template <typename Entry> const Entry &entry(const motion_table &table, uint32_t index) const {
    return *at<Entry>(table.offset + index * table.stride);
  }

private:
  template <typename T> const T *at(uint32_t offset) const {
    return reinterpret_cast<const T *>(reinterpret_cast<const char *>(model) + offset);
  }
  const motion_model *model;
};

class MotionPeer final : public Peer {
public:
  MotionPeer(const PeerSpec &spec, const Workload &workload, unsigned threads) : Peer(workload), library(spec.model) {
    auto *getModel = reinterpret_cast<const motion_model *(*)(motion_functions *)>(
        findSymbol(openLibrary(spec.model), spec.runtime + "_model"));
    functions.size = sizeof functions;
    model = getModel(&functions);
    verify();
    bind(workload);
    setDims(workload);
    if (threads > 1)
      setHost(threads);
    check(functions.plan(&call), "plan");
    makeSpace();
  }

  ~MotionPeer() override {
#ifdef MOTION_BENCH_POOL
    if (call.host)
      motion_pool_destroy(const_cast<motion_host *>(call.host));
#endif
  }

  void run() override {
    if (int result = functions.run(&call))
      check(result, "run");
  }

  std::string version() const override { return Description(model).text(model->compiler); }

private:
  void verify() const {
    if (std::memcmp(model->magic, MOTION_MAGIC, sizeof model->magic) != 0 || model->abi_major != MOTION_ABI_MAJOR)
      fail(library + ": not a library of this version's binary interface");
    if (model->required & ~static_cast<uint32_t>(MOTION_NEEDS_STATE))
      fail(library + ": needs what the benchmark does not give (required = " + std::to_string(model->required) + ")");
    if (!functions.plan || !functions.run)
      fail(library + ": gives no plan and run");
  }

  const Tensor *find(const std::vector<Tensor> &tensors, const char *name, size_t &index) const {
    for (index = 0; index < tensors.size(); ++index)
      if (tensors[index].name == name)
        return &tensors[index];
    return nullptr;
  }

  void bind(const Workload &workload) {
    Description description(model);
    size_t index = 0;
    for (uint32_t i = 0; i < model->inputs.count; ++i) {
      const auto &entry = description.entry<motion_tensor>(model->inputs, i);
      const Tensor *tensor = find(workload.inputs, description.text(entry.name), index);
      if (!tensor && !(entry.flags & (MOTION_TENSOR_STATE | MOTION_TENSOR_OPTIONAL)))
        fail(library + ": the workload has no input '" + description.text(entry.name) + "'");
      inputPointers.push_back(tensor ? tensor->buffer.data() : nullptr);
    }
    for (uint32_t i = 0; i < model->outputs.count; ++i) {
      const auto &entry = description.entry<motion_tensor>(model->outputs, i);
      const Tensor *tensor = find(workload.outputs, description.text(entry.name), index);
      if (!tensor && !(entry.flags & MOTION_TENSOR_STATE))
        fail(library + ": the workload has no output '" + description.text(entry.name) + "'");
      outputPointers.push_back(tensor ? outputs[index].data() : nullptr);
    }
    call.size = sizeof call;
    call.inputs = inputPointers.data();
    call.outputs = outputPointers.data();
  }

  void setDims(const Workload &workload) {
    Description description(model);
    dims.assign(model->dims.count, 0);
    for (uint32_t i = 0; i < model->dims.count; ++i) {
      const auto &entry = description.entry<motion_dim>(model->dims, i);
      auto found = workload.dims.find(description.text(entry.name));
      if (found != workload.dims.end())
        dims[i] = found->second;
      else if (entry.kind == MOTION_DIM_FREE)
        fail(library + ": the workload gives no size for dimension '" + description.text(entry.name) + "'");
    }
    call.dims = dims.data();
  }

  void setHost([[maybe_unused]] unsigned threads) {
    if (!(model->features & MOTION_HAS_THREADS))
      fail(library + ": was compiled for one thread");
#ifdef MOTION_BENCH_POOL
    call.host = motion_pool_create(threads);
    if (!call.host)
      fail("the thread pool cannot be made");
#else
    fail("built without runtime/motion_threads.h");
#endif
  }

  void makeSpace() {
    workspace = Buffer(call.workspace_bytes);
    state = Buffer(call.state_bytes);
    if (call.state_bytes != 0)
      std::memset(state.data(), 0, call.state_bytes);
    call.workspace = workspace.data();
    call.state = state.data();
  }

  void check(int result, const char *what) const {
    if (result != MOTION_OK)
      fail(library + ": " + what + ": error " + std::to_string(MOTION_CODE(result)) + " at argument " +
           std::to_string(MOTION_ARGUMENT(result)));
  }

  std::string library;
  const motion_model *model = nullptr;
  motion_functions functions = {};
  motion_call call = {};
  std::vector<const void *> inputPointers;
  std::vector<void *> outputPointers;
  std::vector<int64_t> dims;
  Buffer workspace, state;
};

} // namespace

std::unique_ptr<Peer> makeMotionPeer(const PeerSpec &spec, const Workload &workload, unsigned threads) {
  return std::make_unique<MotionPeer>(spec, workload, threads);
}

} // namespace motion::bench
