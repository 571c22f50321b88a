// OnnxRuntimeApi.h: the entries of ONNX Runtime's versioned function table that the benchmark calls.
//
// The Python wheel carries the library but no header. The table is append-only: an entry keeps its place in all later
// versions, so the places below hold for every library that answers GetApi(RequestedApi). The peer verifies this when it
// starts: by the version string, and by a model with a known result (bench.py runs it before anything is timed).
#ifndef MOTION_TEST_BENCHMARK_ONNXRUNTIMEAPI_H
#define MOTION_TEST_BENCHMARK_ONNXRUNTIMEAPI_H
#include <cstddef>
#include <cstdint>

namespace motion::bench::ort {

/// Opaque objects of the runtime; all are handled by pointer only.
struct Env;
struct Status;
struct MemoryInfo;
struct Session;
struct SessionOptions;
struct RunOptions;
struct Value;
struct IoBinding;

/// Version of the table that is asked for: one that has all entries below.
constexpr uint32_t RequestedApi = 16;

/// A place in the table, with the type of the function that stands there.
template <size_t Index, typename Function> struct Entry {};

template <typename... Arguments> using Checked = Status *(Arguments...); // null: success

using GetErrorMessage = Entry<2, const char *(const Status *)>;
using CreateEnv = Entry<3, Checked<int /*log level*/, const char * /*log name*/, Env **>>;
using CreateSession = Entry<7, Checked<const Env *, const char * /*path*/, const SessionOptions *, Session **>>;
using CreateSessionOptions = Entry<10, Checked<SessionOptions **>>;
using SetGraphOptimizationLevel = Entry<23, Checked<SessionOptions *, int>>;
using SetIntraOpNumThreads = Entry<24, Checked<SessionOptions *, int>>;
using SetInterOpNumThreads = Entry<25, Checked<SessionOptions *, int>>;
using CreateTensorWithData =
    Entry<49, Checked<const MemoryInfo *, void *, size_t, const int64_t *, size_t, int /*element type*/, Value **>>;
using CreateCpuMemoryInfo = Entry<69, Checked<int /*allocator*/, int /*memory*/, MemoryInfo **>>;
using ReleaseEnv = Entry<92, void(Env *)>;
using ReleaseMemoryInfo = Entry<94, void(MemoryInfo *)>;
using ReleaseSession = Entry<95, void(Session *)>;
using ReleaseValue = Entry<96, void(Value *)>;
using ReleaseSessionOptions = Entry<100, void(SessionOptions *)>;
using OverrideDimensionByName = Entry<124, Checked<SessionOptions *, const char *, int64_t>>;
using RunWithBinding = Entry<133, Checked<Session *, const RunOptions *, const IoBinding *>>;
using CreateIoBinding = Entry<134, Checked<Session *, IoBinding **>>;
using ReleaseIoBinding = Entry<135, void(IoBinding *)>;
using BindInput = Entry<136, Checked<IoBinding *, const char *, const Value *>>;
using BindOutput = Entry<137, Checked<IoBinding *, const char *, const Value *>>;

constexpr int LogWarning = 2, AllOptimizations = 99, ArenaAllocator = 1, DefaultMemory = 0;

/// What OrtGetApiBase() returns.
struct Base {
  const void *(*getApi)(uint32_t version);
  const char *(*getVersionString)();
};

/// The table itself: `table.get(CreateEnv())` is the function at the entry's place, with its type.
class Table {
public:
  explicit Table(const void *entries = nullptr) : entries(static_cast<void *const *>(entries)) {}
  explicit operator bool() const { return entries; }
  template <size_t Index, typename Function> Function *get(Entry<Index, Function>) const {
    return reinterpret_cast<Function *>(entries[Index]);
  }

private:
  void *const *entries;
};

} // namespace motion::bench::ort
#endif
