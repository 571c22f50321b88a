// How an operator of one operand is added to the list: a function of scalars, and of the op where its attributes matter.
#ifndef COMPILER_LINALG_UNARY_H
#define COMPILER_LINALG_UNARY_H
#include "compiler/Linalg/Elementwise.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"

namespace motion {

/// Whether the first operand has unsigned elements.
inline bool hasUnsigned(mlir::Operation *op) { return isUnsigned(mlir::getElementTypeOrSelf(op->getOperand(0).getType())); }

/// Adds y = f(x): `function` takes (Scalars &, Value), or (Scalars &, Value, Op) when attributes matter.
template <typename Op, typename Function> void addUnary(OperatorList &list, Function function) {
  list.add<Op>([function](Node &node, Op op) -> mlir::LogicalResult {
    Tensor x = node.get(op->getOperand(0));
    mlir::FailureOr<Tensor> y = elementwise(node, x.element, {x}, [&](Scalars &s, mlir::ValueRange v) -> mlir::Value {
      if constexpr (std::is_invocable_v<Function, Scalars &, mlir::Value, Op>)
        return function(s, v[0], op);
      else
        return function(s, v[0]);
    });
    return failed(y) ? mlir::failure() : node.set(op->getResult(0), *y);
  });
}

} // namespace motion
#endif
