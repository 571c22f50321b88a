// The argument of --cpu as a target.
#include "compiler/Codegen/Codegen.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;

namespace motion {
namespace {

void initializeTargets() {
  static const bool once = [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
    InitializeNativeTargetAsmParser();
    return true;
  }();
  (void)once;
}

/// What x86-64-v4 needs, by LLVM's names; v3 is what the rest of the code relies on.
constexpr StringRef v4Features[] = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"};
constexpr StringRef v3Features[] = {"avx2", "fma", "f16c", "bmi2"};

} // namespace

Expected<Target> Target::fromCpu(StringRef cpu) {
  initializeTargets();
  Target result;
  result.triple = "x86_64-unknown-linux-gnu";
  std::string error;
  const llvm::Target *target = TargetRegistry::lookupTarget(Triple(result.triple), error);
  if (!target)
    return createStringError("this LLVM has no x86-64 code generator: " + error);
  const auto hasAll = [&](ArrayRef<StringRef> names) {
    std::unique_ptr<MCSubtargetInfo> info(target->createMCSubtargetInfo(Triple(result.triple), result.cpu, result.features));
    return all_of(names, [&](StringRef name) { return info->checkFeatures(("+" + name).str()); });
  };
  if (cpu == "native") {
    // Code made here must run here, and on every machine of its level: the level counts, not the model.
    result.cpu = "x86-64-v4";
    StringMap<bool> host = sys::getHostCPUFeatures();
    const auto hostHas = [&](StringRef name) { return host.lookup(name); };
    if (!all_of(v4Features, hostHas))
      result.cpu = "x86-64-v3";
    if (!all_of(v3Features, hostHas))
      return createStringError("--cpu=native: this machine has no AVX2 and FMA; give the target with --cpu=x86-64-v3 or --cpu=x86-64-v4");
  } else {
    result.cpu = cpu.str();
    std::unique_ptr<MCSubtargetInfo> known(target->createMCSubtargetInfo(Triple(result.triple), "x86-64", ""));
    if (!known->isCPUStringValid(result.cpu))
      return createStringError("--cpu=" + result.cpu + ": LLVM knows no such x86-64 CPU; use native, x86-64-v3, x86-64-v4 or a name such as znver4");
    if (!hasAll(v3Features))
      return createStringError("--cpu=" + result.cpu + ": expected a CPU with AVX2 and FMA (x86-64-v3 or newer)");
  }
  const bool v4 = hasAll(v4Features);
  result.level = v4 ? "x86-64-v4" : "x86-64-v3";
  result.vectorBits = v4 ? 512 : 256;
  return result;
}

} // namespace motion
