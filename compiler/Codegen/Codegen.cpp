// LLVM IR to object code by the short pipeline.
#include "compiler/Codegen/Codegen.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

using namespace llvm;

namespace motion {
namespace {

/// Loop strength reduction stays on in the code generator: without it the small register tiles of a contraction spill (2 rows of 1024x512: 64 us
/// instead of 22), for 10 % of the compile time.
constexpr StringRef pipeline = "function(sroa,early-cse<memssa>,loop-mssa(loop-rotate,licm),gvn,instsimplify,simplifycfg)";

} // namespace

std::unique_ptr<TargetMachine> Target::createMachine() const {
  std::string error;
  const llvm::Target *target = TargetRegistry::lookupTarget(Triple(triple), error);
  if (!target)
    return nullptr;
  TargetOptions options;
  options.FunctionSections = true;
  options.AllowFPOpFusion = FPOpFusion::Standard;
  return std::unique_ptr<TargetMachine>(
      target->createTargetMachine(Triple(triple), cpu, features, options, Reloc::PIC_, std::nullopt, CodeGenOptLevel::Default));
}

void optimize(Module &module, const Target &target, TargetMachine &machine) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(Attribute::NoUnwind);
    if (function.hasFnAttribute("target-cpu")) // chosen by whoever made it
      continue;
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
    function.addFnAttr("prefer-vector-width", std::to_string(target.vectorBits));
  }
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager graph;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(graph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, graph, modules);
  ModulePassManager passes;
  cantFail(builder.parsePassPipeline(passes, pipeline));
  passes.run(module, modules);
}

Expected<std::unique_ptr<MemoryBuffer>> compile(Module &module, TargetMachine &machine, CodeGenFileType type) {
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type))
    return createStringError("the code generator for " + machine.getTargetTriple().str() + " cannot write this kind of file");
  passes.run(module);
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), module.getName(), /*RequiresNullTerminator=*/false);
}

} // namespace motion
