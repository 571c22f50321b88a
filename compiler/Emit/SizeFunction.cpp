// define i64 @m.workspace(i64 %n)                         define i64 @m.workspace(i64 %n)
//   %a = mul i64 %n, 256                          ->        %w = mul i128 (sext %n), 256    %a = trunc i128 %w to i64    ; sext %a != %w: overflow
//   ret i64 %a                                              ret i64 (any overflow, or the size is negative ? -1 : %a)
#include "compiler/Emit/SizeFunction.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/Transforms/Utils/Evaluator.h"

using namespace llvm;

namespace motion {
namespace {

/// Whether it may overflow: 64-bit arithmetic; shifts by a constant only, sizes have no others.
bool mayOverflow(const Instruction &instruction) {
  if (!instruction.getType()->isIntegerTy(64))
    return false;
  switch (instruction.getOpcode()) {
  case Instruction::Add:
  case Instruction::Sub:
  case Instruction::Mul:
    return true;
  case Instruction::Shl:
    return isa<ConstantInt>(instruction.getOperand(1)) && cast<ConstantInt>(instruction.getOperand(1))->getZExtValue() < 63;
  default:
    return false;
  }
}

} // namespace

void checkOverflow(Function &function) {
  IRBuilder<> b(&function.getEntryBlock(), function.getEntryBlock().begin());
  AllocaInst *flag = b.CreateAlloca(b.getInt1Ty());
  b.CreateStore(b.getFalse(), flag);
  SmallVector<Instruction *> arithmetic;
  SmallVector<ReturnInst *> returns;
  for (Instruction &instruction : instructions(function))
    if (mayOverflow(instruction))
      arithmetic.push_back(&instruction);
    else if (auto *end = dyn_cast<ReturnInst>(&instruction))
      returns.push_back(end);
  for (Instruction *instruction : arithmetic) {
    b.SetInsertPoint(instruction);
    // In 128 bits nothing overflows. (LLVM's evaluator does not know the intrinsics that report overflow.)
    Value *left = b.CreateSExt(instruction->getOperand(0), b.getInt128Ty()), *right = b.CreateSExt(instruction->getOperand(1), b.getInt128Ty());
    Value *exact = b.CreateBinOp(static_cast<Instruction::BinaryOps>(instruction->getOpcode()), left, right);
    Value *rounded = b.CreateTrunc(exact, b.getInt64Ty());
    Value *overflows = b.CreateICmpNE(b.CreateSExt(rounded, b.getInt128Ty()), exact);
    b.CreateStore(b.CreateOr(b.CreateLoad(b.getInt1Ty(), flag), overflows), flag);
    instruction->replaceAllUsesWith(rounded);
    instruction->eraseFromParent();
  }
  for (ReturnInst *end : returns) {
    b.SetInsertPoint(end);
    Value *size = end->getReturnValue();
    Value *isBad = b.CreateOr(b.CreateLoad(b.getInt1Ty(), flag), b.CreateICmpSLT(size, b.getInt64(0)));
    end->setOperand(0, b.CreateSelect(isBad, b.getInt64(-1), size));
  }
}

std::optional<uint64_t> evaluateSize(Function &function, const std::vector<int64_t> &arguments) {
  Type *type = Type::getInt64Ty(function.getContext());
  SmallVector<Constant *> constants;
  for (int64_t argument : arguments)
    constants.push_back(ConstantInt::getSigned(type, argument));
  TargetLibraryInfoImpl library(function.getParent()->getTargetTriple());
  TargetLibraryInfo libraryInfo(library);
  Evaluator evaluator(function.getParent()->getDataLayout(), &libraryInfo);
  Constant *result = nullptr;
  if (!evaluator.EvaluateFunction(&function, result, constants))
    return std::nullopt;
  auto *size = dyn_cast_or_null<ConstantInt>(result);
  return size && !size->isMinusOne() ? std::optional<uint64_t>(size->getZExtValue()) : std::nullopt;
}

} // namespace motion
