// Evaluates @NAME.constants: moves are made at once; for the rest bufferize and lower as for the model, object code for this machine, LLJIT, one call.
//   func.func @NAME.constants(%w: memref<f32> {kernel.weight = 0}, %p: memref<f32> {kernel.offset = 1024})
//   -> kernel.run(pointers): { bytes of weight 0, section + 1024, no constants, workspace }
#include "compiler/Pipelines/Constants.h"
#include "compiler/Bufferize/Pipeline.h"
#include "compiler/Codegen/Codegen.h"
#include "compiler/Lower/Pipeline.h"
#include "compiler/Pipelines/ConstantMoves.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/LLVMContext.h"
#include <cstring>

using namespace mlir;

namespace motion {
namespace {

constexpr llvm::StringLiteral suffix = ".constants", entryName = "kernel.run";

func::FuncOp findFunction(ModuleOp module) {
  for (func::FuncOp function : module.getOps<func::FuncOp>())
    if (function.getName().ends_with(suffix))
      return function;
  return {};
}

/// The function with its packed call: void kernel.run(ptr *arguments).
void addEntry(llvm::Module &module, llvm::Function *function) {
  llvm::LLVMContext &context = module.getContext();
  llvm::IRBuilder<> b(context);
  auto *type = llvm::FunctionType::get(b.getVoidTy(), {b.getPtrTy()}, false);
  auto *entry = llvm::Function::Create(type, llvm::Function::ExternalLinkage, entryName, module);
  b.SetInsertPoint(llvm::BasicBlock::Create(context, "", entry));
  SmallVector<llvm::Value *> arguments;
  for (unsigned i = 0; i < function->arg_size(); ++i)
    arguments.push_back(b.CreateLoad(b.getPtrTy(), b.CreateConstInBoundsGEP1_64(b.getPtrTy(), entry->getArg(0), i)));
  b.CreateCall(function, arguments);
  b.CreateRetVoid();
}

/// Object code of a module in the LLVM dialect, for the machine `host`, with the entry added.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> compileFor(const Target &host, ModuleOp module, StringRef function) {
  std::unique_ptr<llvm::TargetMachine> machine = host.createMachine();
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> translated = translateModuleToLLVMIR(module, context, "constants");
  if (!translated)
    return llvm::createStringError("the constants function could not be translated to LLVM IR");
  addEntry(*translated, translated->getFunction(function));
  optimize(*translated, host, *machine);
  return compile(*translated, *machine);
}

llvm::Error run(std::unique_ptr<llvm::MemoryBuffer> object, StringRef function, SmallVectorImpl<char *> &arguments) {
  auto jit = llvm::orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  if (llvm::Error error = (*jit)->addObjectFile(std::move(object)))
    return error;
  auto size = (*jit)->lookup((function + ".workspace").str());
  if (!size)
    return size.takeError();
  auto workspace = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(std::max<uint64_t>(size->toPtr<uint64_t (*)()>()(), 1), "", llvm::Align(64));
  arguments.push_back(nullptr);
  arguments.push_back(workspace->getBufferStart());
  auto entry = (*jit)->lookup(entryName);
  if (!entry)
    return entry.takeError();
  entry->toPtr<void (*)(char **)>()(arguments.data());
  return llvm::Error::success();
}

/// Copies the weights that are used as they are.
void copyRaw(ModuleOp module, const WeightStore &weights, char *section) {
  if (auto raw = module->getAttrOfType<ArrayAttr>("kernel.raw"))
    for (auto entry : raw.getAsRange<DenseI64ArrayAttr>()) {
      ArrayRef<char> bytes = weights[entry[0]].bytes;
      if (!bytes.empty())
        std::memcpy(section + entry[1], bytes.data(), bytes.size());
    }
}

/// One pointer per argument: a weight's bytes or a place in the section.
SmallVector<char *> argumentsOf(func::FuncOp function, const WeightStore &weights, char *section) {
  SmallVector<char *> arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (auto id = function.getArgAttrOfType<IntegerAttr>(i, "kernel.weight"))
      arguments.push_back(const_cast<char *>(weights[id.getInt()].bytes.data()));
    else
      arguments.push_back(section + function.getArgAttrOfType<IntegerAttr>(i, "kernel.offset").getInt());
  return arguments;
}

} // namespace

FailureOr<ConstantSection> evaluateConstants(ModuleOp module, const WeightStore &weights) {
  auto bytes = module->getAttrOfType<IntegerAttr>("kernel.constant_bytes");
  ConstantSection section = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(bytes ? bytes.getInt() : 0, "constants", llvm::Align(64));
  std::memset(section->getBufferStart(), 0, section->getBufferSize());
  copyRaw(module, weights, section->getBufferStart());
  func::FuncOp function = findFunction(module);
  if (!function)
    return section;
  const std::string name = function.getName().str();
  SmallVector<char *> arguments = argumentsOf(function, weights, section->getBufferStart());
  if (evaluateMoves(function, arguments)) {
    function.erase();
    return section;
  }
  function.setAllArgAttrs(SmallVector<Attribute>(arguments.size(), DictionaryAttr::get(module.getContext())));
  OwningOpRef<ModuleOp> constants = ModuleOp::create(module.getLoc());
  function->remove();
  constants->push_back(function);
  llvm::Expected<Target> target = Target::fromCpu("native");
  if (!target)
    return module.emitError(llvm::toString(target.takeError()));
  PassManager pm(module.getContext());
  pm.enableVerifier(false);
  buildBufferizePipeline(pm);
  buildLowerPipeline(pm, LowerOptions{.vectorBits = target->vectorBits});
  if (failed(pm.run(*constants)))
    return failure();
  for (auto lowered : constants->getOps<LLVM::LLVMFuncOp>())
    for (StringRef note : {"kernel.constants", "kernel.workspace"})
      for (unsigned i = 0; i < lowered.getNumArguments(); ++i)
        lowered.removeArgAttr(i, note);
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> object = compileFor(*target, *constants, name);
  if (!object)
    return module.emitError("the constants could not be computed: ") << llvm::toString(object.takeError());
  if (llvm::Error error = run(std::move(*object), name, arguments))
    return module.emitError("the constants could not be computed: ") << llvm::toString(std::move(error));
  return section;
}

} // namespace motion
