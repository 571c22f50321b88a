// A vector at a time: compare, move the steps that count to the front, store them all, go on behind those that count.
//   %m = arith.cmpf une, %a, 0    %s = llvm.experimental.vector.compress(%steps, %m)    vector.store %s, %list[%n]    %n += popcount(%m)
#include "compiler/Lower/Contract/NonZeros.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace motion::contract {
namespace {

/// Room for `elements` steps that lives as long as the function runs: in a loop, an alloca would take more of the stack each time.
Value reserve(OpBuilder &b, Location loc, int64_t elements) {
  OpBuilder::InsertionGuard guard(b);
  Operation *function = b.getInsertionBlock()->getParentOp();
  if (!isa<FunctionOpInterface>(function))
    function = function->getParentOfType<FunctionOpInterface>();
  b.setInsertionPointToStart(&function->getRegion(0).front());
  return memref::AllocaOp::create(b, loc, MemRefType::get({elements}, b.getI32Type()), b.getI64IntegerAttr(64));
}

class Lister {
public:
  Lister(OpBuilder &b, Location loc, const Pointer &a, int64_t lanes)
      : b(b), loc(loc), math(b, loc), a(a), lanes(lanes), element(cast<MemRefType>(a.memref.getType()).getElementType()),
        values(VectorType::get({lanes}, element)), mask(VectorType::get({lanes}, b.getI1Type())), steps(VectorType::get({lanes}, b.getI32Type())) {}

  NonZeros emit(OpFoldResult offset, OpFoldResult begin, int64_t length) {
    list = reserve(b, loc, length + lanes);
    const int64_t whole = length / lanes * lanes;
    auto loop = scf::ForOp::create(b, loc, math.value(math.constant(0)), math.value(math.constant(whole)), math.value(math.constant(lanes)),
                                   ValueRange{math.value(math.constant(0))});
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      OpFoldResult step = math.add(begin, loop.getInductionVar());
      Value elements = vector::LoadOp::create(b, loc, values, a.memref, math.value(math.add(offset, step)));
      scf::YieldOp::create(b, loc, append(step, elements, loop.getRegionIterArgs()[0]));
    }
    Value count = loop.getResult(0);
    if (whole < length) {
      OpFoldResult step = math.add(begin, math.constant(whole));
      SmallVector<bool> bits(lanes, false);
      std::fill_n(bits.begin(), length - whole, true);
      Value inside = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(mask, bits));
      count = append(step, vector::MaskedLoadOp::create(b, loc, values, a.memref, math.value(math.add(offset, step)), inside, zeros()), count);
    }
    return {list, count, 0};
  }

private:
  Value zeros() { return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(values, b.getZeroAttr(element))); }

  /// Adds those of the steps from `step` on whose element counts; returns the new length of the list.
  Value append(OpFoldResult step, Value elements, Value length) {
    Value counts = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, elements, zeros());
    Value first = arith::IndexCastOp::create(b, loc, b.getI32Type(), math.value(step));
    Value all = arith::AddIOp::create(b, loc, vector::BroadcastOp::create(b, loc, steps, first), lanesInOrder());
    Value none = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(steps, b.getI32IntegerAttr(0)));
    Value front = LLVM::CallIntrinsicOp::create(b, loc, steps, b.getStringAttr("llvm.experimental.vector.compress"), ValueRange{all, counts, none})
                      .getResults();
    vector::StoreOp::create(b, loc, front, list, length);
    auto bits = b.getIntegerType(lanes);
    Value packed = vector::ExtractOp::create(b, loc, vector::BitCastOp::create(b, loc, VectorType::get({1}, bits), counts), 0);
    Value number = math::CtPopOp::create(b, loc, packed);
    return arith::AddIOp::create(b, loc, length, arith::IndexCastUIOp::create(b, loc, b.getIndexType(), number));
  }

  Value lanesInOrder() {
    SmallVector<int32_t> order(lanes);
    std::iota(order.begin(), order.end(), 0);
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(steps, ArrayRef<int32_t>(order)));
  }

  OpBuilder &b;
  Location loc;
  IndexMath math;
  const Pointer &a;
  int64_t lanes;
  Type element;
  VectorType values, mask, steps;
  Value list;
};

} // namespace

NonZeros listNonZeros(OpBuilder &b, Location loc, const Pointer &a, OpFoldResult offset, OpFoldResult begin, int64_t length, int64_t lanes) {
  return Lister(b, loc, a, lanes).emit(offset, begin, length);
}

} // namespace motion::contract
