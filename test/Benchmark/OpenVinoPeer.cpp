// OpenVinoPeer.cpp: OpenVINO's CPU plugin with inputs and outputs in caller's memory, set once.
//
// Settings: the model reshaped to fixed dimensions (its best form), latency hint, the given number of threads, fp32
// arithmetic, no pinning of its own: the affinity mask of this process rules for every peer alike.
#include "test/Benchmark/Peer.h"

#ifdef MOTION_BENCH_OPENVINO
#include "openvino/c/openvino.h"

#include <map>

namespace motion::bench {
namespace {

/// The functions of libopenvino_c that are called, found by name when the library is loaded.
struct OpenVino {
  explicit OpenVino(const std::string &path) {
    void *library = openLibrary(path);
#define MOTION_FIND(NAME) NAME = reinterpret_cast<decltype(NAME)>(findSymbol(library, "ov_" #NAME))
    MOTION_FIND(get_openvino_version);
    MOTION_FIND(get_last_err_msg);
    MOTION_FIND(core_create);
    MOTION_FIND(core_free);
    MOTION_FIND(core_read_model);
    MOTION_FIND(core_compile_model_props);
    MOTION_FIND(model_reshape);
    MOTION_FIND(model_free);
    MOTION_FIND(compiled_model_create_infer_request);
    MOTION_FIND(compiled_model_free);
    MOTION_FIND(partial_shape_create_static);
    MOTION_FIND(partial_shape_free);
    MOTION_FIND(tensor_create_from_host_ptr);
    MOTION_FIND(tensor_free);
    MOTION_FIND(infer_request_set_tensor);
    MOTION_FIND(infer_request_infer);
    MOTION_FIND(infer_request_free);
#undef MOTION_FIND
  }

#define MOTION_DECLARE(NAME) decltype(&::ov_##NAME) NAME
  MOTION_DECLARE(get_openvino_version);
  MOTION_DECLARE(get_last_err_msg);
  MOTION_DECLARE(core_create);
  MOTION_DECLARE(core_free);
  MOTION_DECLARE(core_read_model);
  MOTION_DECLARE(core_compile_model_props);
  MOTION_DECLARE(model_reshape);
  MOTION_DECLARE(model_free);
  MOTION_DECLARE(compiled_model_create_infer_request);
  MOTION_DECLARE(compiled_model_free);
  MOTION_DECLARE(partial_shape_create_static);
  MOTION_DECLARE(partial_shape_free);
  MOTION_DECLARE(tensor_create_from_host_ptr);
  MOTION_DECLARE(tensor_free);
  MOTION_DECLARE(infer_request_set_tensor);
  MOTION_DECLARE(infer_request_infer);
  MOTION_DECLARE(infer_request_free);
#undef MOTION_DECLARE
};

ov_element_type_e elementType(int onnxType) {
  static const std::map<int, ov_element_type_e> types = {{1, F32}, {2, U8},   {3, I8},   {6, I32}, {7, I64},
                                                         {9, BOOLEAN}, {10, F16}, {11, F64}, {12, U32}, {13, U64}};
  auto found = types.find(onnxType);
  if (found == types.end())
    fail("OpenVINO: element type " + std::to_string(onnxType) + " is not supported by the benchmark");
  return found->second;
}

class OpenVinoPeer final : public Peer {
public:
  OpenVinoPeer(const PeerSpec &spec, const Workload &workload, unsigned threads) : Peer(workload), ov(spec.runtime) {
    check(ov.core_create(&core), "core_create");
    compile(spec.model, workload, threads);
    check(ov.compiled_model_create_infer_request(compiled, &request), "create_infer_request");
    for (const Tensor &input : workload.inputs)
      setTensor(input, input.buffer.data());
    for (size_t i = 0; i < outputs.size(); ++i)
      setTensor(workload.outputs[i], outputs[i].data());
  }

  ~OpenVinoPeer() override {
    ov.infer_request_free(request);
    for (ov_tensor_t *tensor : tensors)
      ov.tensor_free(tensor);
    ov.compiled_model_free(compiled);
    ov.core_free(core);
  }

  void run() override { check(ov.infer_request_infer(request), "infer"); }

  std::string version() const override {
    ov_version_t version = {};
    ov.get_openvino_version(&version);
    return version.buildNumber ? version.buildNumber : "";
  }

private:
  void compile(const std::string &path, const Workload &workload, unsigned threads) {
    ov_model_t *model = nullptr;
    check(ov.core_read_model(core, path.c_str(), nullptr, &model), "read_model");
    std::vector<const char *> names;
    std::vector<ov_partial_shape_t> shapes;
    for (const Tensor &input : workload.inputs) {
      names.push_back(input.name.c_str());
      shapes.emplace_back();
      check(ov.partial_shape_create_static(static_cast<int64_t>(input.dims.size()), input.dims.data(), &shapes.back()),
            "partial_shape");
    }
    if (!names.empty())
      check(ov.model_reshape(model, names.data(), shapes.data(), names.size()), "reshape");
    for (ov_partial_shape_t &shape : shapes)
      ov.partial_shape_free(&shape);
    std::string threadCount = std::to_string(threads);
    const ov_property_t properties[] = {{"PERFORMANCE_HINT", "LATENCY"},
                                        {"INFERENCE_NUM_THREADS", threadCount.c_str()},
                                        {"INFERENCE_PRECISION_HINT", "f32"},
                                        {"ENABLE_CPU_PINNING", "NO"}};
    check(ov.core_compile_model_props(core, model, "CPU", std::size(properties), properties, &compiled),
          "compile_model");
    ov.model_free(model);
  }

  void setTensor(const Tensor &tensor, void *data) {
    ov_shape_t shape = {static_cast<int64_t>(tensor.dims.size()), const_cast<int64_t *>(tensor.dims.data())};
    tensors.emplace_back();
    check(ov.tensor_create_from_host_ptr(elementType(tensor.type), shape, data, &tensors.back()), "tensor");
    check(ov.infer_request_set_tensor(request, tensor.name.c_str(), tensors.back()), "set_tensor");
  }

  void check(ov_status_e status, const char *what) const {
    if (status != OK)
      fail(std::string("OpenVINO: ") + what + ": " + ov.get_last_err_msg());
  }

  OpenVino ov;
  ov_core_t *core = nullptr;
  ov_compiled_model_t *compiled = nullptr;
  ov_infer_request_t *request = nullptr;
  std::vector<ov_tensor_t *> tensors;
};

} // namespace

std::unique_ptr<Peer> makeOpenVinoPeer(const PeerSpec &spec, const Workload &workload, unsigned threads) {
  return std::make_unique<OpenVinoPeer>(spec, workload, threads);
}

} // namespace motion::bench

#else

namespace motion::bench {
std::unique_ptr<Peer> makeOpenVinoPeer(const PeerSpec &, const Workload &, unsigned) {
  fail("built without OpenVINO: its C headers were not found in the virtual environment when CMake ran");
}
} // namespace motion::bench

#endif
