// Einsum: every letter is a loop, every operand a map.
//   "bij,bjk->bik"  ->  (b, i, k, j): (b, i, j) (b, j, k) -> (b, i, k)
// Two operands of floats whose summed letters occur in both are a kernel.contract; everything else is one linalg.generic.
#include "compiler/Linalg/Accumulate.h"
#include "compiler/Linalg/Contraction.h"
#include "compiler/Linalg/Operators.h"
#include "dialects/Onnx/OnnxOps.h"
#include <map>

using namespace mlir;

namespace motion {

namespace {

/// An ellipsis is letters of its own: -1 is the last of its dimensions, -2 the one before it.
using Letters = SmallVector<int>;

struct Equation {
  SmallVector<Letters> inputs;
  Letters output;
};

/// The letters of one operand of rank `rank`; the ellipsis takes what the others leave.
FailureOr<Letters> lettersOf(StringRef term, int64_t rank) {
  Letters letters;
  const bool ellipsis = term.contains("...");
  const int64_t covered = rank - static_cast<int64_t>(term.size() - (ellipsis ? 3 : 0));
  if (covered < 0 || (!ellipsis && covered != 0))
    return failure();
  for (size_t i = 0; i < term.size(); ++i) {
    if (term.substr(i).starts_with("...")) {
      for (int64_t d = covered; d > 0; --d)
        letters.push_back(static_cast<int>(-d));
      i += 2;
    } else if (isalpha(static_cast<unsigned char>(term[i]))) {
      letters.push_back(term[i]);
    } else {
      return failure();
    }
  }
  return letters;
}

/// Without an arrow the result has the ellipsis, then the letters that occur once, sorted.
Letters implicitOutput(const Equation &equation) {
  std::map<int, unsigned> count;
  for (const Letters &letters : equation.inputs)
    for (int letter : letters)
      ++count[letter];
  Letters result;
  for (auto [letter, times] : count)
    if (letter < 0 || times == 1)
      result.push_back(letter);
  return result;
}

FailureOr<Equation> parse(StringRef text, ArrayRef<Tensor> inputs) {
  std::string compact = text.str();
  llvm::erase(compact, ' ');
  auto [left, right] = StringRef(compact).split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (terms.size() != inputs.size())
    return failure();
  Equation equation;
  int64_t widest = 0;
  for (auto [term, input] : llvm::zip(terms, inputs)) {
    FailureOr<Letters> letters = lettersOf(term, input.rank());
    if (failed(letters))
      return failure();
    widest = std::max<int64_t>(widest, llvm::count_if(*letters, [](int letter) { return letter < 0; }));
    equation.inputs.push_back(*letters);
  }
  if (!StringRef(compact).contains("->")) {
    equation.output = implicitOutput(equation);
    return equation;
  }
  const int64_t named = static_cast<int64_t>(right.size()) - (right.contains("...") ? 3 : 0);
  FailureOr<Letters> output = lettersOf(right, named + (right.contains("...") ? widest : 0));
  if (failed(output))
    return failure();
  equation.output = *output;
  return equation;
}

/// Loops of the equation: those of the result first, then the summed ones.
struct Loops {
  std::map<int, unsigned> number;
  Sizes sizes;
  SmallVector<AffineMap> inputs;
  AffineMap output;
};

FailureOr<Loops> makeLoops(Node &node, const Equation &equation, ArrayRef<Tensor> inputs) {
  Loops loops;
  for (int letter : equation.output)
    if (!loops.number.try_emplace(letter, loops.number.size()).second)
      return failure();
  const size_t parallel = loops.number.size();
  for (const Letters &letters : equation.inputs)
    for (int letter : letters)
      loops.number.try_emplace(letter, loops.number.size());
  loops.sizes.assign(loops.number.size(), {});
  for (auto [letters, input] : llvm::zip(equation.inputs, inputs))
    for (auto [letter, size] : llvm::zip(letters, node.sizes(input)))
      if (OpFoldResult &known = loops.sizes[loops.number[letter]]; !known || constantSize(known) == 1)
        known = size;
  for (auto [letters, input] : llvm::zip(equation.inputs, inputs)) {
    SmallVector<AffineExpr> exprs;
    for (auto [letter, size] : llvm::zip(letters, node.sizes(input))) {
      const unsigned loop = loops.number[letter];
      const bool repeated = constantSize(size) == 1 && constantSize(loops.sizes[loop]) != 1;
      if (!repeated && !sameSize(size, loops.sizes[loop]))
        return failure();
      exprs.push_back(repeated ? node.getAffineConstantExpr(0) : node.getAffineDimExpr(loop));
    }
    loops.inputs.push_back(AffineMap::get(loops.number.size(), 0, exprs, node.getContext()));
  }
  if (llvm::any_of(loops.sizes, [](OpFoldResult size) { return !size; }))
    return failure();
  SmallVector<AffineExpr> kept;
  for (unsigned loop = 0; loop < parallel; ++loop)
    kept.push_back(node.getAffineDimExpr(loop));
  loops.output = AffineMap::get(loops.number.size(), 0, kept, node.getContext());
  loops.sizes.truncate(parallel);
  return loops;
}

/// True if the sum is one that kernel.contract stands for.
bool isContraction(const Loops &loops, ArrayRef<Tensor> inputs) {
  const unsigned parallel = loops.output.getNumResults(), all = loops.output.getNumDims();
  if (inputs.size() != 2 || !inputs[0].isFloat() || parallel == 0 || parallel == all)
    return false;
  for (AffineMap map : loops.inputs)
    if (!map.isProjectedPermutation())
      return false;
  for (unsigned loop = parallel; loop < all; ++loop)
    if (!loops.inputs[0].isFunctionOfDim(loop) || !loops.inputs[1].isFunctionOfDim(loop))
      return false;
  return true;
}

LogicalResult lowerEinsum(Node &node, onnx::EinsumOp op) {
  SmallVector<Tensor> inputs;
  for (Value input : op.getInputs())
    inputs.push_back(node.get(input));
  FailureOr<Equation> equation = parse(op.getEquation(), inputs);
  FailureOr<Loops> loops = succeeded(equation) ? makeLoops(node, *equation, inputs) : FailureOr<Loops>(failure());
  if (failed(loops)) {
    std::string found = op.getEquation().str();
    for (const Tensor &input : inputs)
      found += " " + spell(input.value.getType());
    return node.refuse("an equation that fits the operands, each letter with one size", found);
  }
  if (isContraction(*loops, inputs))
    return node.set(op.getOutput(), contract(node, inputs[0], inputs[1], {}, loops->sizes, {loops->inputs[0], loops->inputs[1], loops->output}));
  const Type element = inputs.front().element;
  const auto product = [](Scalars &s, ValueRange v) {
    Value result = v.front();
    for (Value factor : v.drop_front())
      result = s.mul(result, factor);
    return result;
  };
  if (loops->output.getNumResults() == loops->output.getNumDims())
    return node.set(op.getOutput(), pointwise(node, element, loops->sizes, inputs, loops->inputs, product));
  Tensor sum = accumulate(node, inputs, loops->inputs, loops->sizes, loops->output, scalarConstant(node, computeType(element), 0),
                          [&](Scalars &s, ValueRange v, Value total) { return s.add(total, product(s, v)); });
  return node.set(op.getOutput(), isNarrowFloat(element) ? convertTensor(node, sum, element) : Tensor{sum.value, element});
}

} // namespace

void addEinsum(OperatorList &list) { list.add<onnx::EinsumOp>(lowerEinsum); }

} // namespace motion
