// The list of the operators that have a lowering: each family's file adds its own, one line per operator.
#ifndef COMPILER_LINALG_OPERATORS_H
#define COMPILER_LINALG_OPERATORS_H
#include "compiler/Linalg/Node.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include <functional>

namespace motion {

/// Lowerings by the names of operations.
class OperatorList {
public:
  using Lowering = std::function<mlir::LogicalResult(Node &)>;

  /// Adds the lowering of an operator, a function (Node &, onnx::SomeOp) -> LogicalResult.
  template <typename Op, typename Function> void add(Function function) {
    lowerings[Op::getOperationName()] = [function](Node &node) { return function(node, llvm::cast<Op>(node.getOperation())); };
  }
  /// Null when there is none.
  const Lowering *find(llvm::StringRef name) const {
    auto it = lowerings.find(name);
    return it == lowerings.end() ? nullptr : &it->second;
  }
  const llvm::StringMap<Lowering> &all() const { return lowerings; }

private:
  llvm::StringMap<Lowering> lowerings;
};

/// All operators of all families.
const OperatorList &operatorList();

/// The operators that this stage lowers, for all their attributes and types, as the onnx dialect spells them ("Relu", "ml.Scaler").
const llvm::StringSet<> &supportedOperators();

/// The families: each adds its operators.
void addActivations(OperatorList &list);
void addAffineGrid(OperatorList &list);
void addBinaryOperators(OperatorList &list);
void addBlocks(OperatorList &list);
void addBorders(OperatorList &list);
void addCasts(OperatorList &list);
void addColumns(OperatorList &list);
void addCompress(OperatorList &list);
void addContractions(OperatorList &list);
void addControlFlow(OperatorList &list);
void addConvolutions(OperatorList &list);
void addCumulative(OperatorList &list);
void addDeformConv(OperatorList &list);
void addDet(OperatorList &list);
void addEinsum(OperatorList &list);
void addFeatures(OperatorList &list);
void addFourier(OperatorList &list);
void addGathers(OperatorList &list);
void addGenerators(OperatorList &list);
void addGridSample(OperatorList &list);
void addHardmax(OperatorList &list);
void addLogicOperators(OperatorList &list);
void addLosses(OperatorList &list);
void addNormalizations(OperatorList &list);
void addPooling(OperatorList &list);
void addQuantization(OperatorList &list);
void addQuantizedProducts(OperatorList &list);
void addRecurrentOperators(OperatorList &list);
void addReductions(OperatorList &list);
void addResize(OperatorList &list);
void addRoiAlign(OperatorList &list);
void addScatters(OperatorList &list);
void addShapeOperators(OperatorList &list);
void addSlices(OperatorList &list);
void addSoftmaxOperators(OperatorList &list);
void addTopK(OperatorList &list);
void addTransposedConvolutions(OperatorList &list);
void addUnaryOperators(OperatorList &list);

} // namespace motion
#endif
