// Peer.cpp: makes a peer by its kind; loading of shared libraries.
#include "test/Benchmark/Peer.h"
#include "test/Benchmark/Timing.h"

#include <dlfcn.h>

namespace motion::bench {

static double loading = 0;

double loadingSeconds() { return loading; }

void *openLibrary(const std::string &path) {
  // A bare name would be searched in the system's folders.
  std::string file = path.find('/') == std::string::npos ? "./" + path : path;
  double start = now();
  void *library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  loading += now() - start;
  if (!library)
    fail(dlerror());
  return library;
}

void *findSymbol(void *library, const std::string &name) {
  void *symbol = dlsym(library, name.c_str());
  if (!symbol)
    fail(dlerror());
  return symbol;
}

std::unique_ptr<Peer> makePeer(const PeerSpec &spec, const Workload &workload, unsigned threads) {
  if (spec.kind == "motion")
    return makeMotionPeer(spec, workload, threads);
  if (spec.kind == "onnxruntime")
    return makeOnnxRuntimePeer(spec, workload, threads);
  if (spec.kind == "openvino")
    return makeOpenVinoPeer(spec, workload, threads);
  fail("unknown kind of peer '" + spec.kind + "': expected motion, onnxruntime or openvino");
}

} // namespace motion::bench
