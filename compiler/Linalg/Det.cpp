// Det: the determinants of small matrices, by elimination without loops:
//   linalg.generic (batch...) { tensor.extract of all elements; per column: the row with the largest element up, the rows below minus its multiples }
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/Pull.h"
#include "dialects/Onnx/OnnxOps.h"

using namespace mlir;

namespace motion {

/// Rows and columns up to which the elimination is written out: its code grows with the cube.
static constexpr int64_t mostRows = 8;

using Matrix = SmallVector<SmallVector<Value>>;

/// Exchanges rows `a` and `b` from column `from` on where `condition` holds.
static void swapRows(Scalars &s, Matrix &m, int64_t a, int64_t b, int64_t from, Value condition) {
  for (size_t j = from; j < m.size(); ++j) {
    Value first = m[a][j], second = m[b][j];
    m[a][j] = s.select(condition, second, first);
    m[b][j] = s.select(condition, first, second);
  }
}

static Value determinant(Scalars &s, Matrix m) {
  const int64_t rows = m.size();
  Value result = s.like(m[0][0], 1), zero = s.like(m[0][0], 0);
  for (int64_t c = 0; c < rows; ++c) {
    for (int64_t r = c + 1; r < rows; ++r) {
      Value larger = s.less(s.abs(m[c][c]), s.abs(m[r][c]));
      swapRows(s, m, c, r, c, larger);
      result = s.select(larger, s.neg(result), result);
    }
    Value pivot = m[c][c];
    result = s.mul(result, pivot);
    for (int64_t r = c + 1; r < rows; ++r) {
      // Below a pivot of 0 all is 0.
      Value factor = s.select(s.equal(pivot, zero), zero, s.div(m[r][c], pivot));
      for (int64_t j = c + 1; j < rows; ++j)
        m[r][j] = s.sub(m[r][j], s.mul(factor, m[c][j]));
    }
  }
  return result;
}

static LogicalResult lowerDet(Node &node, onnx::DetOp op) {
  Tensor x = node.get(op.getX());
  const Sizes sizes = node.sizes(x);
  const auto rows = constantSize(sizes.size() < 2 ? node.index(0) : sizes.back());
  if (!x.isFloat() || !rows || *rows < 1 || *rows > mostRows || constantSize(sizes[sizes.size() - 2]) != *rows)
    return node.refuse("square matrices of floats with up to " + std::to_string(mostRows) + " rows", spell(x.value.getType()));
  Tensor y = pull(node, ArrayRef(sizes).drop_back(2), x.element, [&](Scalars &s, ValueRange place) {
    Matrix m(*rows);
    for (int64_t i = 0; i < *rows; ++i)
      for (int64_t j = 0; j < *rows; ++j) {
        SmallVector<Value> at(place);
        at.append({indexConstant(s, i), indexConstant(s, j)});
        m[i].push_back(decode(s, elementAt(s, x, at), x.element));
      }
    return encode(s, determinant(s, std::move(m)), x.element);
  });
  return node.set(op.getY(), y);
}

void addDet(OperatorList &list) { list.add<onnx::DetOp>(lowerDet); }

} // namespace motion
