// Matrix products:
//   onnx.MatMul(%a : ?x10x64, %b : 64x32)  ->  kernel.contract (b, m, n, k): (b, m, k) (k, n) -> (b, m, n)
// Narrow floats are widened before and rounded once after; integers are linalg.generic.
#include "compiler/Linalg/Contraction.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Kernel/KernelDialect.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace motion {

static Tensor contractIntegers(Node &node, const Tensor &a, const Tensor &b, ArrayRef<OpFoldResult> sizes, ArrayRef<AffineMap> maps) {
  const Type type = a.type().getElementType();
  Value start = node.filled(sizes, arith::ConstantOp::create(node, node.getZeroAttr(type)));
  SmallVector<utils::IteratorType> iterators;
  for (unsigned i = 0; i < maps[0].getNumDims(); ++i)
    iterators.push_back(maps.back().isFunctionOfDim(i) ? utils::IteratorType::parallel : utils::IteratorType::reduction);
  auto sum = linalg::GenericOp::create(node, start.getType(), ValueRange{a.value, b.value}, start, ArrayRef<AffineMap>{maps[0], maps[1], maps.back()},
                                       iterators, [](OpBuilder &builder, Location loc, ValueRange v) {
                                         Scalars s(loc, builder);
                                         linalg::YieldOp::create(s, ValueRange{s.add(v[2], s.mul(v[0], v[1]))});
                                       });
  return {sum.getResult(0), a.element};
}

Tensor contract(Node &node, const Tensor &a, const Tensor &b, const Tensor &bias, ArrayRef<OpFoldResult> sizes, ArrayRef<AffineMap> maps,
                ArrayRef<int64_t> padding) {
  if (!a.isFloat())
    return contractIntegers(node, a, b, sizes, maps);
  const Type type = computeType(a.element);
  Tensor wideA = convertTensor(node, a, type), wideB = convertTensor(node, b, type);
  SmallVector<Value> extras;
  if (bias)
    extras.push_back(convertTensor(node, bias, type).value);
  Value init = node.empty(sizes, type);
  auto op = kernel::ContractOp::create(node, wideA.value, wideB.value, extras, init, maps, padding, [](OpBuilder &builder, Location loc, ValueRange v) {
    return v.size() == 1 ? v[0] : Scalars(loc, builder).add(v[0], v[1]);
  });
  return convertTensor(node, {op.getResults()[0], type}, a.element);
}

/// Drops the leading dimensions of size 1 that are repeated along `batch`, and gives the positions of the others.
static Tensor dropRepeated(Node &node, const Tensor &x, unsigned kept, ArrayRef<OpFoldResult> batch, SmallVectorImpl<unsigned> &positions) {
  Sizes sizes = node.sizes(x), result;
  const size_t leading = sizes.size() - kept, missing = batch.size() - leading;
  for (size_t i = 0; i < leading; ++i)
    if (constantSize(sizes[i]) != 1 || constantSize(batch[missing + i]) == 1) {
      result.push_back(sizes[i]);
      positions.push_back(missing + i);
    }
  result.append(sizes.end() - kept, sizes.end());
  return node.reshape(x, result);
}

FailureOr<Tensor> matmul(Node &node, Tensor a, Tensor b, Type element) {
  const bool vectorA = a.rank() == 1, vectorB = b.rank() == 1;
  if (a.rank() == 0 || b.rank() == 0) {
    (void)node.refuse("vectors, matrices or stacks of matrices", "a scalar");
    return failure();
  }
  const unsigned keptA = vectorA ? 1 : 2, keptB = vectorB ? 1 : 2;
  const Sizes sizesA = node.sizes(a), sizesB = node.sizes(b);
  // The leading dimensions broadcast; their sizes are found on tensors of those sizes alone.
  Tensor leadA{node.empty(ArrayRef(sizesA).drop_back(keptA), a.type().getElementType()), a.element};
  Tensor leadB{node.empty(ArrayRef(sizesB).drop_back(keptB), b.type().getElementType()), b.element};
  FailureOr<Sizes> batch = broadcastSizes(node, {leadA, leadB});
  if (failed(batch))
    return failure();
  SmallVector<unsigned> positionsA, positionsB;
  a = dropRepeated(node, a, keptA, *batch, positionsA);
  b = dropRepeated(node, b, keptB, *batch, positionsB);
  Sizes sizes = *batch;
  const unsigned m = batch->size(), n = m + !vectorA, k = n + !vectorB, loops = k + 1;
  SmallVector<AffineExpr> exprsA, exprsB, exprsY;
  const auto dim = [&](unsigned i) { return node.getAffineDimExpr(i); };
  for (unsigned position : positionsA)
    exprsA.push_back(dim(position));
  for (unsigned position : positionsB)
    exprsB.push_back(dim(position));
  for (unsigned i = 0; i < m; ++i)
    exprsY.push_back(dim(i));
  if (!vectorA) {
    exprsA.push_back(dim(m));
    exprsY.push_back(dim(m));
    sizes.push_back(sizesA[sizesA.size() - 2]);
  }
  exprsA.push_back(dim(k));
  exprsB.push_back(dim(k));
  if (!vectorB) {
    exprsB.push_back(dim(n));
    exprsY.push_back(dim(n));
    sizes.push_back(sizesB.back());
  }
  const auto map = [&](ArrayRef<AffineExpr> exprs) { return AffineMap::get(loops, 0, exprs, node.getContext()); };
  if (a.element != element && !isa<FloatType>(element)) {
    a = convertTensor(node, a, element);
    b = convertTensor(node, b, element);
  }
  return contract(node, a, b, {}, sizes, {map(exprsA), map(exprsB), map(exprsY)});
}

static LogicalResult lowerMatMul(Node &node, onnx::MatMulOp op) {
  Tensor a = node.get(op.getA());
  FailureOr<Tensor> y = matmul(node, a, node.get(op.getB()), a.element);
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

/// MatMulInteger: i8 or ui8 minus their zero points, summed in i32.
static LogicalResult lowerMatMulInteger(Node &node, onnx::MatMulIntegerOp op) {
  const Type i32 = node.getI32Type();
  const auto centre = [&](Value operand, Value zeroPoint, bool rows) -> FailureOr<Tensor> {
    Tensor x = node.get(operand), zero = node.get(zeroPoint);
    if (!zero)
      return convertTensor(node, x, i32);
    // One zero point per row of A stands along its second to last dimension.
    if (rows && zero.rank() == 1 && zero.type().getDimSize(0) != 1) {
      Sizes sizes = node.sizes(zero);
      sizes.push_back(node.index(1));
      zero = node.reshape(zero, sizes);
    }
    return elementwise(node, i32, {x, zero}, [&](Scalars &s, ValueRange v) {
      return s.sub(convert(s, v[0], x.element, i32), convert(s, v[1], zero.element, i32));
    });
  };
  FailureOr<Tensor> a = centre(op.getA(), op.getAZeroPoint(), true), b = centre(op.getB(), op.getBZeroPoint(), false);
  if (failed(a) || failed(b))
    return failure();
  FailureOr<Tensor> y = matmul(node, *a, *b, i32);
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

static LogicalResult lowerGemm(Node &node, onnx::GemmOp op) {
  Tensor a = node.get(op.getA()), b = node.get(op.getB()), c = node.get(op.getC());
  AffineExpr m = node.getAffineDimExpr(0), n = node.getAffineDimExpr(1), k = node.getAffineDimExpr(2);
  const bool transA = op.getTransA(), transB = op.getTransB();
  const Sizes sizes{node.sizes(a)[transA ? 1 : 0], node.sizes(b)[transB ? 0 : 1]};
  const auto map = [&](AffineExpr first, AffineExpr second) { return AffineMap::get(3, 0, {first, second}, node.getContext()); };
  Tensor product = contract(node, a, b, {}, sizes, {transA ? map(k, m) : map(m, k), transB ? map(n, k) : map(k, n), map(m, n)});
  const double alpha = op.getAlpha().convertToDouble(), beta = op.getBeta().convertToDouble();
  if (alpha == 1 && !c)
    return node.set(op.getY(), product);
  SmallVector<Tensor> inputs{product};
  if (c)
    inputs.push_back(c);
  const auto scale = [&](Scalars &s, Value x, double factor) -> Value {
    if (factor == 1)
      return x;
    const Type f32 = s.getF32Type();
    if (isFloat(x))
      return s.mul(x, s.like(x, factor));
    return convert(s, s.mul(convert(s, x, a.element, f32), s.constant(f32, factor)), f32, a.element);
  };
  FailureOr<Tensor> y = elementwise(node, a.element, inputs, [&](Scalars &s, ValueRange v) {
    Value sum = scale(s, v[0], alpha);
    return c ? s.add(sum, scale(s, v[1], beta)) : sum;
  });
  return failed(y) ? failure() : node.set(op.getY(), *y);
}

void addContractions(OperatorList &list) {
  list.add<onnx::GemmOp>(lowerGemm);
  list.add<onnx::MatMulOp>(lowerMatMul);
  list.add<onnx::MatMulIntegerOp>(lowerMatMulInteger);
}

} // namespace motion
