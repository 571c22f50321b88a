// OnnxRuntimePeer.cpp: ONNX Runtime with inputs and outputs in caller's memory, bound once.
//
// Settings: all graph optimisations, symbolic dimensions fixed by name, the given number of intra-op threads (with the
// runtime's default spinning), one inter-op thread. run() is RunWithBinding: no value is made or copied per call; it was
// measured up to 5 % faster than Run with the same values.
#include "test/Benchmark/OnnxRuntimeApi.h"
#include "test/Benchmark/Peer.h"

#include <cstdlib>

namespace motion::bench {
namespace {

class OnnxRuntimePeer final : public Peer {
public:
  OnnxRuntimePeer(const PeerSpec &spec, const Workload &workload, unsigned threads) : Peer(workload) {
    loadApi(spec.runtime);
    check(api.get(ort::CreateEnv())(ort::LogWarning, "motion-bench", &env), "CreateEnv");
    createSession(spec.model, workload, threads);
    bind(workload);
    runWithBinding = api.get(ort::RunWithBinding());
  }

  ~OnnxRuntimePeer() override {
    api.get(ort::ReleaseIoBinding())(binding);
    for (ort::Value *value : values)
      api.get(ort::ReleaseValue())(value);
    api.get(ort::ReleaseMemoryInfo())(memory);
    api.get(ort::ReleaseSession())(session);
    api.get(ort::ReleaseEnv())(env);
  }

  void run() override {
    if (ort::Status *status = runWithBinding(session, nullptr, binding))
      check(status, "Run");
  }

  std::string version() const override { return versionText; }

private:
  void loadApi(const std::string &path) {
    auto *getBase = reinterpret_cast<const ort::Base *(*)()>(findSymbol(openLibrary(path), "OrtGetApiBase"));
    const ort::Base *base = getBase();
    versionText = base->getVersionString();
    if (versionText.rfind("1.", 0) != 0 || std::atoi(versionText.c_str() + 2) < static_cast<int>(ort::RequestedApi))
      fail(path + ": ONNX Runtime " + versionText + ", expected 1." + std::to_string(ort::RequestedApi) + " or later");
    api = ort::Table(base->getApi(ort::RequestedApi));
    if (!api)
      fail(path + ": has no function table of version " + std::to_string(ort::RequestedApi));
  }

  void createSession(const std::string &model, const Workload &workload, unsigned threads) {
    ort::SessionOptions *options = nullptr;
    check(api.get(ort::CreateSessionOptions())(&options), "CreateSessionOptions");
    check(api.get(ort::SetGraphOptimizationLevel())(options, ort::AllOptimizations), "SetGraphOptimizationLevel");
    check(api.get(ort::SetIntraOpNumThreads())(options, static_cast<int>(threads)), "SetIntraOpNumThreads");
    check(api.get(ort::SetInterOpNumThreads())(options, 1), "SetInterOpNumThreads");
    for (const auto &[name, size] : workload.dims)
      check(api.get(ort::OverrideDimensionByName())(options, name.c_str(), size), "AddFreeDimensionOverrideByName");
    check(api.get(ort::CreateSession())(env, model.c_str(), options, &session), "CreateSession");
    api.get(ort::ReleaseSessionOptions())(options);
  }

  ort::Value *makeValue(const Tensor &tensor, void *data) {
    ort::Value *value = nullptr;
    check(api.get(ort::CreateTensorWithData())(memory, data, tensor.bytes(), tensor.dims.data(), tensor.dims.size(),
                                               tensor.type, &value),
          "CreateTensorWithData");
    values.push_back(value);
    return value;
  }

  void bind(const Workload &workload) {
    check(api.get(ort::CreateCpuMemoryInfo())(ort::ArenaAllocator, ort::DefaultMemory, &memory), "CreateCpuMemoryInfo");
    check(api.get(ort::CreateIoBinding())(session, &binding), "CreateIoBinding");
    for (const Tensor &input : workload.inputs)
      check(api.get(ort::BindInput())(binding, input.name.c_str(), makeValue(input, input.buffer.data())), "BindInput");
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Tensor &output = workload.outputs[i];
      check(api.get(ort::BindOutput())(binding, output.name.c_str(), makeValue(output, outputs[i].data())), "BindOutput");
    }
  }

  void check(ort::Status *status, const char *what) const {
    if (status)
      fail(std::string("ONNX Runtime: ") + what + ": " + api.get(ort::GetErrorMessage())(status));
  }

  ort::Table api;
  std::string versionText;
  ort::Env *env = nullptr;
  ort::Session *session = nullptr;
  ort::MemoryInfo *memory = nullptr;
  ort::IoBinding *binding = nullptr;
  std::vector<ort::Value *> values;
  ort::Status *(*runWithBinding)(ort::Session *, const ort::RunOptions *, const ort::IoBinding *) = nullptr;
};

} // namespace

std::unique_ptr<Peer> makeOnnxRuntimePeer(const PeerSpec &spec, const Workload &workload, unsigned threads) {
  return std::make_unique<OnnxRuntimePeer>(spec, workload, threads);
}

} // namespace motion::bench
