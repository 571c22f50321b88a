// Enters: @m(inputs, dims, outputs, constants, workspace[, host]), i64 @m.workspace(dims), and i64 @m.derived.K(dims) for each derived dim.
// Leaves: with them
//   i32 @m_run(inputs, dims, outputs, workspace[, host])      checks in the order of the parameters, then the model
//   i64 @m_workspace(dims)      ptr @m_model(ptr functions)
//   i32 @m.plan(ptr call)       i32 @m.run(ptr call)          the uniform call: struct motion_call
// Everything here is code for any x86-64, so that a CPU that cannot run the model can be told so.
#include "compiler/Emit/AbiFunctions.h"
#include "compiler/Emit/SizeFunction.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "runtime/motion_abi.h"

using namespace llvm;

namespace motion {
namespace {

/// i64 @NAME.derived.K, in the order of the derived dims.
SmallVector<Function *> derivedFunctions(Module &module, const ModelInterface &model) {
  SmallVector<Function *> result;
  while (result.size() < static_cast<size_t>(count_if(model.dims, [](const InterfaceDim &dim) { return !dim.isFree(); })))
    result.push_back(module.getFunction(model.name + ".derived." + std::to_string(result.size())));
  return result;
}

class AbiBuilder {
public:
  AbiBuilder(Module &module, const ModelInterface &model, const AbiOptions &options)
      : module(module), model(model), options(options), parameters(model.parameters()), b(module.getContext()),
        kernel(module.getFunction(model.name)), size(module.getFunction(model.name + ".workspace")),
        sizeOfDerived(derivedFunctions(module, model)) {
    for (auto [position, parameter] : enumerate(parameters)) {
      if (parameter.kind == Parameter::Dim)
        freeDims.push_back({position, parameter.index});
      if (parameter.kind == Parameter::Workspace)
        workspacePosition = position;
    }
  }

  void build() {
    for (Function &function : module)
      if (!function.isDeclaration())
        function.setLinkage(GlobalValue::InternalLinkage);
    // A model may be called like a function of the C library, which LLVM would take it for.
    kernel->setName(model.name + ".main");
    checkOverflow(*size);
    setBaseline(*size);
    for (Function *function : sizeOfDerived)
      setBaseline(*function);
    buildWorkspace();
    Function *list = buildRun();
    if (model.usesStruct())
      buildStructRun(list);
    buildModel(buildPlan(), buildUniformRun(list));
  }

private:
  // ---- Pieces ----

  /// Code before the check of the CPU may use nothing that the check is for.
  static void setBaseline(Function &function) { function.addFnAttr("target-cpu", "x86-64"); }

  Function *begin(const Twine &name, Type *result, ArrayRef<Type *> types, bool exported) {
    auto *function = Function::Create(FunctionType::get(result, types, false), exported ? GlobalValue::ExternalLinkage : GlobalValue::InternalLinkage,
                                      name, module);
    if (exported && !options.isShared)
      function->setVisibility(GlobalValue::HiddenVisibility);
    function->setDSOLocal(true);
    setBaseline(*function);
    b.SetInsertPoint(BasicBlock::Create(module.getContext(), "", function));
    return function;
  }

  Value *failure(int code, size_t position) { return b.getInt32(static_cast<uint32_t>(MOTION_FAIL(code, static_cast<int>(position)))); }

  /// Ends the function with `result` where `condition` holds, which is rare.
  void returnIf(Value *condition, Value *result) {
    Function *function = b.GetInsertBlock()->getParent();
    BasicBlock *leave = BasicBlock::Create(module.getContext(), "", function), *next = BasicBlock::Create(module.getContext(), "", function);
    b.CreateCondBr(condition, leave, next, MDBuilder(module.getContext()).createUnlikelyBranchWeights());
    b.SetInsertPoint(leave);
    b.CreateRet(result);
    b.SetInsertPoint(next);
  }

  Value *isNull(Value *pointer) { return b.CreateICmpEQ(pointer, ConstantPointerNull::get(b.getPtrTy())); }

  Value *isOutside(Value *size, const InterfaceDim &dim) {
    return b.CreateICmpUGT(b.CreateSub(size, b.getInt64(dim.min)), b.getInt64(dim.max - dim.min));
  }

  Value *lacksCpu() {
    FunctionCallee ask = module.getOrInsertFunction("motion_cpu_features", b.getInt64Ty());
    cast<Function>(ask.getCallee())->setVisibility(GlobalValue::HiddenVisibility);
    cast<Function>(ask.getCallee())->setDSOLocal(true);
    return b.CreateICmpNE(b.CreateAnd(b.CreateCall(ask), b.getInt64(options.cpuFeatures)), b.getInt64(options.cpuFeatures));
  }

  GlobalVariable *external(StringRef name, Type *type, bool isConstant) {
    auto *global = new GlobalVariable(module, type, isConstant, GlobalValue::ExternalLinkage, nullptr, name);
    global->setVisibility(GlobalValue::HiddenVisibility);
    global->setDSOLocal(true);
    return global;
  }

  /// The field of a struct of the binary interface, at its offset in bytes.
  Value *field(Type *type, Value *base, size_t offset) { return b.CreateLoad(type, b.CreateConstGEP1_64(b.getInt8Ty(), base, offset)); }
  void setField(Value *value, Value *base, size_t offset) { b.CreateStore(value, b.CreateConstGEP1_64(b.getInt8Ty(), base, offset)); }

  SmallVector<Type *> types() {
    SmallVector<Type *> result;
    for (const Parameter &parameter : parameters)
      result.push_back(parameter.kind == Parameter::Dim ? static_cast<Type *>(b.getInt64Ty()) : b.getPtrTy());
    return result;
  }

  // ---- NAME_workspace ----

  void buildWorkspace() {
    Function *function = begin(model.name + "_workspace", b.getInt64Ty(), SmallVector<Type *>(freeDims.size(), b.getInt64Ty()), /*exported=*/true);
    returnIf(lacksCpu(), b.getInt64(-1));
    SmallVector<Value *> sizes;
    for (auto [i, place] : enumerate(freeDims)) {
      sizes.push_back(function->getArg(i));
      returnIf(isOutside(sizes.back(), model.dims[place.dim]), b.getInt64(-1));
    }
    b.CreateRet(b.CreateCall(size, sizes));
  }

  // ---- NAME_run ----

  /// The typed entry on a list of parameters; local when the exported one takes a struct.
  Function *buildRun() {
    const bool exported = !model.usesStruct();
    Function *function = begin(model.name + (exported ? "_run" : ".call"), b.getInt32Ty(), types(), exported);
    if (options.checks)
      for (unsigned position = 0; position < parameters.size(); ++position)
        checkParameter(function, position);
    if (options.checks)
      checkCpu();
    Value *constants = ConstantPointerNull::get(b.getPtrTy());
    if (options.constantBytes) {
      GlobalVariable *global = external(constantsName(model), ArrayType::get(b.getInt8Ty(), options.constantBytes), true);
      global->setAlignment(Align(64));
      if (options.largeConstants)
        global->setCodeModel(CodeModel::Large);
      constants = global;
    }
    SmallVector<Value *> arguments;
    for (unsigned position = 0; position < parameters.size(); ++position) {
      if (parameters[position].kind == Parameter::Workspace)
        arguments.push_back(constants);
      arguments.push_back(function->getArg(position));
    }
    CallInst *call = b.CreateCall(kernel, arguments);
    b.CreateRet(call->getType()->isVoidTy() ? b.getInt32(MOTION_OK) : static_cast<Value *>(call));
    return function;
  }

  void checkParameter(Function *function, unsigned position) {
    const Parameter &parameter = parameters[position];
    Value *argument = function->getArg(position);
    switch (parameter.kind) {
    case Parameter::Input:
      return checkPointer(function, argument, position, model.inputs[parameter.index]);
    case Parameter::Output:
      return checkPointer(function, argument, position, model.outputs[parameter.index]);
    case Parameter::Dim:
      return returnIf(isOutside(argument, model.dims[parameter.index]), failure(MOTION_E_DIM, position));
    case Parameter::Workspace:
      if (usesNoWorkspace())
        return;
      returnIf(isNull(argument), failure(MOTION_E_NULL, position));
      return checkAlignment(argument, 64, position);
    case Parameter::Host:
      return;
    }
  }

  /// Whether the model needs no workspace, whatever its dims: sizes grow with them.
  bool usesNoWorkspace() const {
    std::vector<int64_t> largest;
    for (const Place &place : freeDims)
      largest.push_back(model.dims[place.dim].max);
    return evaluateSize(*size, largest) == 0;
  }

  void checkPointer(Function *function, Value *pointer, unsigned position, const InterfaceTensor &tensor) {
    Value *missing = isNull(pointer);
    for (int64_t dim : tensor.dims) // an empty tensor may be NULL
      if (dim == 0)
        return;
      else if (dim < 0 && model.dims[-1 - dim].isFree() && model.dims[-1 - dim].min == 0)
        missing = b.CreateAnd(missing, b.CreateICmpNE(function->getArg(positionOf(-1 - dim)), b.getInt64(0)));
      else if (dim < 0 && model.dims[-1 - dim].min == 0)
        missing = b.getFalse(); // a derived size, not known here
    returnIf(missing, failure(MOTION_E_NULL, position));
    checkAlignment(pointer, tensor.type->cBits / 8, position);
  }

  void checkAlignment(Value *pointer, uint64_t alignment, unsigned position) {
    if (alignment == 1)
      return;
    Value *rest = b.CreateAnd(b.CreatePtrToInt(pointer, b.getInt64Ty()), b.getInt64(alignment - 1));
    returnIf(b.CreateICmpNE(rest, b.getInt64(0)), failure(MOTION_E_ALIGN, position));
  }

  /// One load where the answer is known already.
  void checkCpu() {
    GlobalVariable *cache = external("motion_cpu_cache", b.getInt64Ty(), false);
    LoadInst *known = b.CreateAlignedLoad(b.getInt64Ty(), cache, Align(8));
    known->setAtomic(AtomicOrdering::Monotonic);
    Value *isMissing = b.CreateICmpNE(b.CreateAnd(known, b.getInt64(options.cpuFeatures)), b.getInt64(options.cpuFeatures));
    Function *function = b.GetInsertBlock()->getParent();
    BasicBlock *ask = BasicBlock::Create(module.getContext(), "", function), *next = BasicBlock::Create(module.getContext(), "", function);
    b.CreateCondBr(isMissing, ask, next, MDBuilder(module.getContext()).createUnlikelyBranchWeights());
    b.SetInsertPoint(ask);
    returnIf(lacksCpu(), failure(MOTION_E_CPU, 0));
    b.CreateBr(next);
    b.SetInsertPoint(next);
  }

  size_t positionOf(size_t dim) const {
    return find_if(freeDims, [&](const Place &place) { return place.dim == dim; })->position;
  }

  void buildStructRun(Function *list) {
    SmallVector<Type *> all = types(), outer = {b.getPtrTy()};
    const size_t fields = workspacePosition;
    outer.append(all.begin() + fields, all.end());
    Function *function = begin(model.name + "_run", b.getInt32Ty(), outer, /*exported=*/true);
    Value *args = function->getArg(0);
    if (options.checks)
      returnIf(isNull(args), failure(MOTION_E_NULL, 0));
    SmallVector<Value *> arguments;
    for (size_t position = 0; position < parameters.size(); ++position)
      arguments.push_back(position < fields ? field(all[position], args, 8 * position) : function->getArg(1 + position - fields));
    b.CreateRet(b.CreateCall(list, arguments));
  }

  // ---- plan() and run() ----

  /// Checks that the caller's struct has the fields that every version had, and the free dims; returns these.
  SmallVector<Value *> readCall(Value *call) {
    returnIf(isNull(call), failure(MOTION_E_NULL, 0));
    callSize = field(b.getInt64Ty(), call, offsetof(motion_call, size));
    returnIf(b.CreateICmpULT(callSize, b.getInt64(offsetof(motion_call, state))), failure(MOTION_E_UNSUPPORTED, 0));
    SmallVector<Value *> sizes;
    if (model.dims.empty())
      return sizes;
    dims = field(b.getPtrTy(), call, offsetof(motion_call, dims));
    returnIf(isNull(dims), failure(MOTION_E_NULL, freeDims.empty() ? 0 : freeDims[0].position));
    for (const Place &place : freeDims) {
      sizes.push_back(field(b.getInt64Ty(), dims, place.dim * sizeof(int64_t)));
      returnIf(isOutside(sizes.back(), model.dims[place.dim]), failure(MOTION_E_DIM, place.position));
    }
    return sizes;
  }

  /// The bytes of workspace for sizes in range; an error where there are more than memory has.
  Value *workspaceBytes(ArrayRef<Value *> sizes) {
    Value *bytes = b.CreateCall(size, sizes);
    returnIf(b.CreateICmpEQ(bytes, b.getInt64(-1)), failure(MOTION_E_DIM, freeDims.empty() ? 0 : freeDims[0].position));
    return bytes;
  }

  void setFieldIfThere(Value *value, Value *call, size_t offset) {
    Function *function = b.GetInsertBlock()->getParent();
    BasicBlock *there = BasicBlock::Create(module.getContext(), "", function), *next = BasicBlock::Create(module.getContext(), "", function);
    b.CreateCondBr(b.CreateICmpUGE(callSize, b.getInt64(offset + 8)), there, next);
    b.SetInsertPoint(there);
    setField(value, call, offset);
    b.CreateBr(next);
    b.SetInsertPoint(next);
  }

  Function *buildPlan() {
    Function *function = begin(model.name + ".plan", b.getInt32Ty(), {b.getPtrTy()}, /*exported=*/false);
    Value *call = function->getArg(0);
    SmallVector<Value *> sizes = readCall(call);
    returnIf(lacksCpu(), failure(MOTION_E_CPU, 0));
    setField(workspaceBytes(sizes), call, offsetof(motion_call, workspace_bytes));
    unsigned next = 0;
    for (auto [index, dim] : enumerate(model.dims))
      if (!dim.isFree())
        setField(b.CreateCall(sizeOfDerived[next++], sizes), dims, index * sizeof(int64_t));
    setFieldIfThere(b.getInt64(0), call, offsetof(motion_call, state_bytes));
    setFieldIfThere(b.getInt64(0), call, offsetof(motion_call, weights_bytes));
    b.CreateRet(b.getInt32(MOTION_OK));
    return function;
  }

  Function *buildUniformRun(Function *list) {
    Function *function = begin(model.name + ".run", b.getInt32Ty(), {b.getPtrTy()}, /*exported=*/false);
    Value *call = function->getArg(0);
    SmallVector<Value *> sizes = readCall(call);
    Value *given = field(b.getInt64Ty(), call, offsetof(motion_call, workspace_bytes));
    returnIf(b.CreateICmpULT(given, workspaceBytes(sizes)), failure(MOTION_E_WORKSPACE, workspacePosition));
    // Weights of the caller's, which this library cannot use.
    returnIf(b.CreateNot(isNull(optionalField(call, offsetof(motion_call, weights)))), failure(MOTION_E_UNSUPPORTED, 0));
    Value *inputs = model.inputs.empty() ? nullptr : pointerArray(call, offsetof(motion_call, inputs), 0);
    Value *outputs = model.outputs.empty() ? nullptr : pointerArray(call, offsetof(motion_call, outputs), workspacePosition - model.outputs.size());
    SmallVector<Value *> arguments;
    for (const Parameter &parameter : parameters)
      switch (parameter.kind) {
      case Parameter::Input:
        arguments.push_back(field(b.getPtrTy(), inputs, 8 * parameter.index));
        break;
      case Parameter::Dim:
        arguments.push_back(sizes[arguments.size() - model.inputs.size()]);
        break;
      case Parameter::Output:
        arguments.push_back(field(b.getPtrTy(), outputs, 8 * parameter.index));
        break;
      case Parameter::Workspace:
        arguments.push_back(field(b.getPtrTy(), call, offsetof(motion_call, workspace)));
        break;
      case Parameter::Host:
        arguments.push_back(optionalField(call, offsetof(motion_call, host)));
        break;
      }
    b.CreateRet(b.CreateCall(list, arguments));
    return function;
  }

  Value *pointerArray(Value *call, size_t offset, size_t position) {
    Value *array = field(b.getPtrTy(), call, offset);
    returnIf(isNull(array), failure(MOTION_E_NULL, position));
    return array;
  }

  /// A pointer that older callers' structs do not have: NULL there.
  Value *optionalField(Value *call, size_t offset) {
    // Reads the size instead, where the field is missing: no branch, and nothing outside the struct is touched.
    Value *isThere = b.CreateICmpUGE(callSize, b.getInt64(offset + 8));
    Value *place = b.CreateSelect(isThere, b.getInt64(offset), b.getInt64(0));
    Value *value = b.CreateLoad(b.getPtrTy(), b.CreateGEP(b.getInt8Ty(), call, place));
    return b.CreateSelect(isThere, value, ConstantPointerNull::get(b.getPtrTy()));
  }

  // ---- NAME_model ----

  void buildModel(Function *plan, Function *run) {
    Function *function = begin(model.name + "_model", b.getPtrTy(), {b.getPtrTy()}, /*exported=*/true);
    GlobalVariable *description = external(descriptionName(model), ArrayType::get(b.getInt8Ty(), sizeof(motion_model)), true);
    Value *functions = function->getArg(0);
    returnIf(isNull(functions), description);
    Value *given = field(b.getInt64Ty(), functions, offsetof(motion_functions, size));
    Constant *null = ConstantPointerNull::get(b.getPtrTy());
    const std::pair<size_t, Constant *> entries[] = {{offsetof(motion_functions, plan), plan},
                                                     {offsetof(motion_functions, run), run},
                                                     {offsetof(motion_functions, pack), null},
                                                     {offsetof(motion_functions, prepare), null},
                                                     {offsetof(motion_functions, release), null}};
    for (auto [offset, value] : entries) {
      returnIf(b.CreateICmpULT(given, b.getInt64(offset + 8)), description);
      setField(value, functions, offset);
    }
    b.CreateRet(description);
  }

  /// Where a free dim stands among the parameters and in the table of dims.
  struct Place {
    size_t position, dim;
  };

  Module &module;
  const ModelInterface &model;
  const AbiOptions &options;
  std::vector<Parameter> parameters;
  IRBuilder<> b;
  Function *kernel, *size;
  SmallVector<Function *> sizeOfDerived; ///< in the order of the derived dims
  SmallVector<Place> freeDims;
  size_t workspacePosition = 0;
  Value *callSize = nullptr, *dims = nullptr; ///< of the function that is being built
};

} // namespace

// Kernels have no second dot in their names, so that none of them can be called like this.
std::string constantsName(const ModelInterface &model) { return model.name + ".data.weights"; }
std::string descriptionName(const ModelInterface &model) { return model.name + ".data.description"; }

void addAbiFunctions(Module &module, const ModelInterface &model, const AbiOptions &options) { AbiBuilder(module, model, options).build(); }

} // namespace motion
