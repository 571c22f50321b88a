// Enters: a module in the LLVM dialect. Leaves: object code with NAME_run, NAME_workspace, NAME_model; hidden references to description and constants.
#include "compiler/Emit/Object.h"
#include "compiler/Emit/SizeFunction.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/DiagnosticHandler.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

using namespace llvm;

namespace motion {
namespace {

/// Collects the sizes of stack frames, which the code generator reports as warnings, and errors.
struct CodegenMessages : DiagnosticHandler {
  StringMap<uint64_t> frames;
  std::string errors;

  bool handleDiagnostics(const DiagnosticInfo &info) override {
    if (auto *size = dyn_cast<DiagnosticInfoStackSize>(&info)) {
      frames[size->getFunction().getName()] = size->getStackSize();
    } else if (info.getSeverity() == DS_Error) {
      raw_string_ostream out(errors);
      DiagnosticPrinterRawOStream printer(out);
      info.print(printer);
      out << '\n';
    }
    return true;
  }
};

/// Takes off what the stages noted for each other: LLVM has no place for it.
void removeNotes(mlir::LLVM::LLVMFuncOp function) {
  const auto isNote = [](StringRef name) { return name.starts_with("onnx.") || name.starts_with("kernel."); };
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (mlir::DictionaryAttr attributes = function.getArgAttrDict(i))
      for (mlir::NamedAttribute attribute : attributes)
        if (isNote(attribute.getName()))
          function.removeArgAttr(i, attribute.getName());
  for (mlir::NamedAttribute attribute : to_vector(function->getDiscardableAttrs()))
    if (isNote(attribute.getName()))
      function->removeDiscardableAttr(attribute.getName());
}

} // namespace

uint64_t cpuFeatureBits(const TargetMachine &machine) {
  uint64_t bits = 0;
  unsigned index = 0;
  // LLVM writes sse4.1 where C identifiers have sse4_1.
  const auto add = [&](StringRef name) {
    std::string feature = "+" + name.str();
    std::replace(feature.begin(), feature.end(), '_', '.');
    bits |= uint64_t(machine.getMCSubtargetInfo()->checkFeatures(feature)) << index++;
  };
#define MOTION_CPU_FEATURE(name, word, bit) add(#name);
#include "compiler/Emit/CpuFeatures.def"
#undef MOTION_CPU_FEATURE
  return bits;
}

Expected<std::unique_ptr<ModelCode>> ModelCode::create(mlir::ModuleOp source, const ModelInterface &model, const Target &target, AbiOptions options) {
  std::unique_ptr<ModelCode> code(new ModelCode(target));
  code->name = model.name;
  code->machine = target.createMachine();
  if (!code->machine)
    return createStringError("there is no code generator for " + target.triple);
  for (auto function : source.getOps<mlir::LLVM::LLVMFuncOp>())
    removeNotes(function);
  code->module = mlir::translateModuleToLLVMIR(source, code->context, model.name);
  if (!code->module)
    return createStringError("the module could not be translated to LLVM IR");
  code->module->setSourceFileName(model.source);
  code->module->setTargetTriple(code->machine->getTargetTriple());
  code->module->setDataLayout(code->machine->createDataLayout());
  std::vector<std::string> functions = {model.name, model.name + ".workspace"};
  for (const InterfaceDim &dim : model.dims)
    if (!dim.isFree())
      functions.push_back(model.name + ".derived." + std::to_string(functions.size() - 2));
  for (const std::string &needed : functions)
    if (Function *function = code->module->getFunction(needed); !function || function->isDeclaration())
      return createStringError("function " + needed + " is missing");
  options.cpuFeatures = cpuFeatureBits(*code->machine);
  addAbiFunctions(*code->module, model, options);
  optimize(*code->module, target, *code->machine);
  return code;
}

Expected<std::unique_ptr<MemoryBuffer>> ModelCode::compile(CodeGenFileType type) {
  if (type == CodeGenFileType::Null) {
    SmallVector<char, 0> text;
    raw_svector_ostream out(text);
    module->print(out, nullptr);
    return std::make_unique<SmallVectorMemoryBuffer>(std::move(text), name, /*RequiresNullTerminator=*/false);
  }
  for (Function &function : *module)
    if (!function.isDeclaration())
      function.addFnAttr("warn-stack-size", "0");
  auto owned = std::make_unique<CodegenMessages>();
  CodegenMessages *messages = owned.get();
  context.setDiagnosticHandler(std::move(owned));
  Expected<std::unique_ptr<MemoryBuffer>> result = motion::compile(*module, *machine, type);
  if (result && !messages->errors.empty())
    return createStringError(messages->errors);
  measureStack(messages->frames);
  return result;
}

void ModelCode::measureStack(const StringMap<uint64_t> &frames) {
  // No function calls itself, so the deepest path is a sum over calls; each adds its return address. A function that is handed to a call is called by it.
  StringMap<uint64_t> depths;
  const auto depth = [&](auto &self, const Function &function) -> uint64_t {
    if (auto known = depths.find(function.getName()); known != depths.end())
      return known->second;
    depths[function.getName()] = 0;
    uint64_t deepest = 0;
    for (const Instruction &instruction : instructions(function))
      if (isa<CallBase>(instruction))
        for (const Value *operand : instruction.operand_values())
          if (auto *callee = dyn_cast<Function>(operand); callee && !callee->isDeclaration())
            deepest = std::max(deepest, self(self, *callee));
    return depths[function.getName()] = frames.lookup(function.getName()) + 8 + deepest;
  };
  stack = depth(depth, *module->getFunction(name + "_run"));
}

std::optional<uint64_t> ModelCode::workspaceBytes(const std::vector<int64_t> &freeDims) const {
  return evaluateSize(*module->getFunction(name + ".workspace"), freeDims);
}

} // namespace motion
