// Main.cpp: the command line of motion-bench. Each command is one process that prints one JSON object; bench.py calls it.
//
//   motion-bench limits --cores LIST [--quick]
//   motion-bench time MANIFEST --cores LIST --threads N [--rounds N] [--slice SECONDS] --peer LABEL KIND RUNTIME MODEL ...
//   motion-bench start MANIFEST --cores LIST --threads N [--peer LABEL KIND RUNTIME MODEL]
//
// `limits` measures the machine, `time` the peers in interleaved rounds, `start` the time from nothing to the first result
// of one peer and this process's peak memory (without a peer: the memory of the program itself).
#include "test/Benchmark/Limits.h"
#include "test/Benchmark/Peer.h"
#include "test/Benchmark/Timing.h"

#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace motion::bench {
namespace {

struct Options {
  std::string command, manifest;
  std::vector<int> cores = {0};
  unsigned threads = 1;
  bool quick = false;
  TimingOptions timing;
  std::vector<PeerSpec> peers;
};

[[noreturn]] void usage(const std::string &problem) {
  std::fprintf(stderr, "motion-bench: %s\nusage: motion-bench limits|time|start [MANIFEST] --cores LIST [--threads N] "
                       "[--rounds N] [--slice SECONDS] [--quick] [--peer LABEL KIND RUNTIME MODEL]...\n",
               problem.c_str());
  std::exit(2);
}

std::vector<int> parseCores(const std::string &list) {
  std::vector<int> cores;
  std::istringstream stream(list);
  for (std::string core; std::getline(stream, core, ',');)
    cores.push_back(std::atoi(core.c_str()));
  if (cores.empty())
    usage("--cores: expected a list such as 0,1");
  return cores;
}

Options parse(const std::vector<std::string> &words) {
  Options options;
  size_t next = 0;
  auto take = [&](const std::string &what) -> const std::string & {
    if (next >= words.size())
      usage(what + " is missing");
    return words[next++];
  };
  options.command = take("the command");
  while (next < words.size()) {
    std::string word = take("");
    if (word == "--cores")
      options.cores = parseCores(take("the list of --cores"));
    else if (word == "--threads")
      options.threads = static_cast<unsigned>(std::atoi(take("the number of --threads").c_str()));
    else if (word == "--rounds")
      options.timing.rounds = static_cast<unsigned>(std::atoi(take("the number of --rounds").c_str()));
    else if (word == "--slice")
      options.timing.sliceSeconds = std::atof(take("the seconds of --slice").c_str());
    else if (word == "--quick")
      options.quick = true;
    else if (word == "--peer") {
      PeerSpec &peer = options.peers.emplace_back();
      for (std::string *field : {&peer.label, &peer.kind, &peer.runtime, &peer.model})
        *field = take("a field of --peer");
    } else if (word[0] != '-' && options.manifest.empty())
      options.manifest = word;
    else
      usage("unknown option " + word);
  }
  if (options.threads == 0 || options.timing.rounds == 0)
    usage("--threads and --rounds must be at least 1");
  return options;
}

/// Text as a JSON string.
std::string quote(const std::string &text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    if (static_cast<unsigned char>(c) >= ' ')
      quoted += c;
  }
  return quoted + '"';
}

/// A number as JSON, which has no NaN and no infinity.
std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", value);
  return std::isfinite(value) ? text : "null";
}

void printTiming(const TimingResult &result) {
  std::printf("\"minimum\": %s, \"median_of_minima\": %s, \"median\": %s, \"p99\": %s, \"samples\": %zu, "
              "\"calls_per_sample\": %u",
              number(result.minimum).c_str(), number(result.medianOfMinima).c_str(), number(result.median).c_str(),
              number(result.p99).c_str(), result.samples, result.callsPerSample);
}

int runLimits(const Options &options) {
  Limits limits = measureLimits(options.cores, options.quick);
  std::printf("{\"threads\": %zu, \"avx512_gflops\": %s, \"avx2_gflops\": %s, \"bandwidth\": [", options.cores.size(),
              number(limits.avx512).c_str(), number(limits.avx2).c_str());
  for (size_t i = 0; i < limits.bandwidth.size(); ++i)
    std::printf("%s[%s, %s]", i ? ", " : "", number(limits.bandwidth[i].megabytes).c_str(),
                number(limits.bandwidth[i].gigabytesPerSecond).c_str());
  std::printf("]}\n");
  return 0;
}

int runTime(Options &options) {
  Workload workload = readWorkload(options.manifest);
  std::vector<std::unique_ptr<Peer>> peers;
  std::vector<std::function<void()>> functions;
  for (const PeerSpec &spec : options.peers) {
    peers.push_back(makePeer(spec, workload, options.threads));
    functions.push_back([peer = peers.back().get()] { peer->run(); });
  }
  functions.push_back([] { calibrationLoop(); });
  if (options.threads > 1)
    options.timing.pauseSeconds = 0.005; // idle threads of every peer spin for a while before they sleep
  std::vector<TimingResult> results = timeInterleaved(functions, options.timing);
  std::printf("{\"calibration\": {");
  printTiming(results.back());
  std::printf("}, \"peers\": {");
  for (size_t i = 0; i < peers.size(); ++i) {
    std::printf("%s%s: {\"version\": %s, \"error\": %s, ", i ? ", " : "", quote(options.peers[i].label).c_str(),
                quote(peers[i]->version()).c_str(), number(outputError(workload, peers[i]->results())).c_str());
    printTiming(results[i]);
    std::printf("}");
  }
  std::printf("}}\n");
  return 0;
}

/// The largest resident size that this process has had, in kilobytes.
long peakMemory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0)
      return std::atol(line.c_str() + 6);
  return 0;
}

int runStart(const Options &options) {
  Workload workload = readWorkload(options.manifest);
  if (options.peers.empty()) {
    std::printf("{\"peak_kb\": %ld}\n", peakMemory());
    return 0;
  }
  double start = now();
  std::unique_ptr<Peer> peer = makePeer(options.peers[0], workload, options.threads);
  double ready = now();
  peer->run();
  double end = now();
  std::printf("{\"total_us\": %s, \"load_us\": %s, \"prepare_us\": %s, \"first_run_us\": %s, \"error\": %s, "
              "\"peak_kb\": %ld}\n",
              number((end - start) * 1e6).c_str(), number(loadingSeconds() * 1e6).c_str(),
              number((ready - start - loadingSeconds()) * 1e6).c_str(), number((end - ready) * 1e6).c_str(),
              number(outputError(workload, peer->results())).c_str(), peakMemory());
  return 0;
}

} // namespace
} // namespace motion::bench

int main(int argc, char **argv) {
  using namespace motion::bench;
  Options options = parse({argv + 1, argv + argc});
  pinTo(options.cores);
  int code = 0;
  if (options.command == "limits")
    code = runLimits(options);
  else if (options.manifest.empty())
    usage("the manifest is missing");
  else if (options.command == "time")
    code = runTime(options);
  else if (options.command == "start")
    code = runStart(options);
  else
    usage("unknown command " + options.command);
  // Threads and libraries of the peers are left to the system: some of them do not survive the destructors of others.
  std::fflush(stdout);
  std::_Exit(code);
}
