// All families in one list.
#include "compiler/Linalg/Operators.h"

namespace motion {

const OperatorList &operatorList() {
  static const OperatorList list = [] {
    OperatorList all;
    addActivations(all);
    addAffineGrid(all);
    addBinaryOperators(all);
    addBlocks(all);
    addBorders(all);
    addCasts(all);
    addColumns(all);
    addCompress(all);
    addContractions(all);
    addControlFlow(all);
    addConvolutions(all);
    addCumulative(all);
    addDeformConv(all);
    addDet(all);
    addEinsum(all);
    addFeatures(all);
    addFourier(all);
    addGathers(all);
    addGenerators(all);
    addGridSample(all);
    addHardmax(all);
    addLogicOperators(all);
    addLosses(all);
    addNormalizations(all);
    addPooling(all);
    addQuantization(all);
    addQuantizedProducts(all);
    addRecurrentOperators(all);
    addReductions(all);
    addResize(all);
    addRoiAlign(all);
    addScatters(all);
    addShapeOperators(all);
    addSlices(all);
    addSoftmaxOperators(all);
    addTopK(all);
    addTransposedConvolutions(all);
    addUnaryOperators(all);
    return all;
  }();
  return list;
}

const llvm::StringSet<> &supportedOperators() {
  static const llvm::StringSet<> names = [] {
    llvm::StringSet<> result{{"Constant"}};   // read where it is used, by every lowering
    for (llvm::StringRef name : operatorList().all().keys())
      result.insert(name.substr(name.find('.') + 1));
    return result;
  }();
  return names;
}

} // namespace motion
