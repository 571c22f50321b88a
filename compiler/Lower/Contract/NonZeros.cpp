// A vector at a time: compare, move the steps that count to the front, store them all, go on behind those that count. (With AVX2 one by one.)
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
  return memref::AllocaOp::create(b, loc, MemRefType::get({elements}, b.getI16Type()), b.getI64IntegerAttr(64));
}

class ZeroFinder {
public:
  ZeroFinder(OpBuilder &b, Location loc, const Pointer &a, int64_t lanes)
      : b(b), loc(loc), math(b, loc), a(a), lanes(lanes), element(cast<MemRefType>(a.memref.getType()).getElementType()),
        values(VectorType::get({lanes}, element)), steps(VectorType::get({lanes}, b.getI32Type())) {}

  NonZeros list(OpFoldResult offset, OpFoldResult begin, int64_t length) {
    room = reserve(b, loc, length + lanes);
    Value count = forVectors(offset, begin, length, math.value(math.constant(0)),
                             [&](OpFoldResult index, Value elements, Value found) { return append(index, elements, found); });
    return {room, count, begin};
  }

  Value count(OpFoldResult offset, int64_t length) {
    Value none = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(steps, b.getI32IntegerAttr(0)));
    Value counts = forVectors(offset, math.constant(0), length, none, [&](OpFoldResult, Value elements, Value found) -> Value {
      return arith::AddIOp::create(b, loc, found, arith::ExtUIOp::create(b, loc, steps, areNotZero(elements)));
    });
    return arith::IndexCastUIOp::create(b, loc, b.getIndexType(), vector::ReductionOp::create(b, loc, vector::CombiningKind::ADD, counts));
  }

private:
  /// carried = body(index, elements, carried) for each vector of a from `begin` on; the last one, where it is a part of one, is filled up with zeros.
  Value forVectors(OpFoldResult offset, OpFoldResult begin, int64_t length, Value carried, function_ref<Value(OpFoldResult, Value, Value)> body) {
    const int64_t whole = length / lanes * lanes;
    const OpFoldResult first = math.add(offset, begin);
    auto loop = scf::ForOp::create(b, loc, math.value(math.constant(0)), math.value(math.constant(whole)), math.value(math.constant(lanes)), carried);
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      OpFoldResult index = loop.getInductionVar();
      Value elements = vector::LoadOp::create(b, loc, values, a.memref, math.value(math.add(first, index)));
      scf::YieldOp::create(b, loc, body(index, elements, loop.getRegionIterArgs()[0]));
    }
    if (whole == length)
      return loop.getResult(0);
    Value inside = maskOf(b, loc, lanes, length - whole);
    OpFoldResult index = math.constant(whole);
    return body(index, vector::MaskedLoadOp::create(b, loc, values, a.memref, math.value(math.add(first, index)), inside, zeros()), loop.getResult(0));
  }

  Value areNotZero(Value elements) { return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, elements, zeros()); }

  Value zeros() { return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(values, b.getZeroAttr(element))); }

  /// Adds those of the steps from `index` on whose element counts; returns the new length of the list.
  Value append(OpFoldResult index, Value elements, Value length) {
    Value counts = areNotZero(elements);
    const Type bits = b.getIntegerType(lanes);
    Value packed = vector::ExtractOp::create(b, loc, vector::BitCastOp::create(b, loc, VectorType::get({1}, bits), counts), 0);
    // AVX2 has no instruction that moves elements to the front.
    return lanes * element.getIntOrFloatBitWidth() == 512 ? appendAll(index, counts, packed, length) : appendEach(index, packed, length);
  }

  /// All at once; those that do not count lie behind the end, where the next ones go.
  Value appendAll(OpFoldResult index, Value counts, Value packed, Value length) {
    Value first = arith::IndexCastOp::create(b, loc, b.getI32Type(), math.value(index));
    Value all = arith::AddIOp::create(b, loc, vector::BroadcastOp::create(b, loc, steps, first), lanesInOrder());
    Value none = arith::ConstantOp::create(b, loc, DenseElementsAttr::get(steps, b.getI32IntegerAttr(0)));
    Value front = LLVM::CallIntrinsicOp::create(b, loc, steps, b.getStringAttr("llvm.experimental.vector.compress"), ValueRange{all, counts, none})
                      .getResults();
    vector::StoreOp::create(b, loc, arith::TruncIOp::create(b, loc, VectorType::get({lanes}, b.getI16Type()), front), room, length);
    Value number = math::CtPopOp::create(b, loc, packed);
    return arith::AddIOp::create(b, loc, length, arith::IndexCastUIOp::create(b, loc, b.getIndexType(), number));
  }

  /// One by one: each is stored, and the next one takes its place unless it counts.
  Value appendEach(OpFoldResult index, Value packed, Value length) {
    for (int64_t lane = 0; lane < lanes; ++lane) {
      Value step = arith::IndexCastOp::create(b, loc, b.getI16Type(), math.value(math.add(index, math.constant(lane))));
      memref::StoreOp::create(b, loc, step, room, length);
      Value bit = arith::ShRUIOp::create(b, loc, packed, arith::ConstantIntOp::create(b, loc, lane, lanes));
      Value counts = arith::TruncIOp::create(b, loc, b.getI1Type(), bit);
      length = arith::AddIOp::create(b, loc, length, arith::IndexCastUIOp::create(b, loc, b.getIndexType(), counts));
    }
    return length;
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
  VectorType values, steps;
  Value room;
};

} // namespace

NonZeros listNonZeros(OpBuilder &b, Location loc, const Pointer &a, OpFoldResult offset, OpFoldResult begin, int64_t length, int64_t lanes) {
  return ZeroFinder(b, loc, a, lanes).list(offset, begin, length);
}

Value countNonZeros(OpBuilder &b, Location loc, const Pointer &a, OpFoldResult offset, int64_t length, int64_t lanes) {
  return ZeroFinder(b, loc, a, lanes).count(offset, length);
}

} // namespace motion::contract
