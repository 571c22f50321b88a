// Peer.h: one system under measurement, with a model loaded, inputs and outputs bound, ready to be run.
//
// Enters: a workload, the file of the model, the peer's own library. Leaves: run() does one inference and nothing else:
// no copy, no allocation of ours, no lookup. What a peer needs once belongs into its factory.
#ifndef MOTION_TEST_BENCHMARK_PEER_H
#define MOTION_TEST_BENCHMARK_PEER_H
#include "test/Benchmark/Workload.h"

namespace motion::bench {

/// How a peer is to be made: `--peer LABEL KIND RUNTIME MODEL`.
struct PeerSpec {
  std::string label;   ///< name in the results
  std::string kind;    ///< motion, onnxruntime, openvino, none
  std::string runtime; ///< shared library of the peer's runtime; for motion the prefix of the model's symbols
  std::string model;   ///< .onnx file; for motion the shared library made from it
};

class Peer {
public:
  virtual ~Peer() = default;
  /// One inference, synchronous. Errors end the program.
  virtual void run() = 0;
  /// The results of the last run, in the order of the workload's outputs.
  const std::vector<Buffer> &results() const { return outputs; }
  /// Version of the runtime, for the report.
  virtual std::string version() const = 0;

protected:
  explicit Peer(const Workload &workload) : outputs(makeOutputs(workload)) {}
  std::vector<Buffer> outputs;
};

/// Loads a library made by motionc and drives it through its uniform call.
std::unique_ptr<Peer> makeMotionPeer(const PeerSpec &spec, const Workload &workload, unsigned threads);
/// ONNX Runtime's CPU provider through its C interface.
std::unique_ptr<Peer> makeOnnxRuntimePeer(const PeerSpec &spec, const Workload &workload, unsigned threads);
/// OpenVINO's CPU plugin through its C interface, the model reshaped to the workload's fixed dimensions.
std::unique_ptr<Peer> makeOpenVinoPeer(const PeerSpec &spec, const Workload &workload, unsigned threads);
/// Dispatches on the kind.
std::unique_ptr<Peer> makePeer(const PeerSpec &spec, const Workload &workload, unsigned threads);

/// dlopen, ending the program with the loader's message when it fails.
void *openLibrary(const std::string &path);
/// Seconds that this process has spent in openLibrary so far.
double loadingSeconds();
/// dlsym of a function, ending the program when there is none.
void *findSymbol(void *library, const std::string &name);

} // namespace motion::bench
#endif
