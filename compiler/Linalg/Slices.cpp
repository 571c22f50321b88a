// Parts of tensors and tensors put together: Slice, Split, Concat.
//   onnx.Slice(%x, [1], [3], [0])  ->  tensor.extract_slice %x[1, 0] [2, 8] [1, 1]
//   onnx.Concat(%a, %b)            ->  %e = tensor.empty, %0 = tensor.insert_slice %a into %e[0, 0], %1 = tensor.insert_slice %b into %0[%m, 0]
#include "compiler/Linalg/Pull.h"
#include "compiler/Linalg/Operators.h"
#include "compiler/Linalg/SizeRanges.h"
#include "dialects/Onnx/OnnxOps.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include <numeric>

using namespace mlir;

namespace motion {

static Tensor extractSlice(Node &node, const Tensor &x, const Sizes &offsets, const Sizes &sizes, ArrayRef<int64_t> steps) {
  Sizes strides = getAsIndexOpFoldResult(node.getContext(), steps);
  Tensor result{tensor::ExtractSliceOp::create(node, x.value, offsets, sizes, strides), x.element};
  node.getValues().sizes[result.value] = sizes;
  return result;
}

// ---- Slice ----

namespace {
/// What Slice asks for along one dimension, as values of type index.
struct Section {
  Value start, end, step;
};
} // namespace

template <typename Op> static Value fold(Node &node, Value a, Value b) { return node.createOrFold<Op>(a, b); }

static Value foldSelect(Node &node, arith::CmpIPredicate predicate, Value a, Value b, Value yes, Value no) {
  Value condition = node.createOrFold<arith::CmpIOp>(predicate, a, b);
  return node.createOrFold<arith::SelectOp>(condition, yes, no);
}

/// The lesser of two values, the one that is there already where there is one.
static Value lesser(Node &node, Value a, Value b) {
  for (Operation *user : a.getUsers())
    if (auto known = dyn_cast<arith::MinSIOp>(user); known && known.getLhs() == a && sameSize(getAsOpFoldResult(known.getRhs()), getAsOpFoldResult(b)))
      if (known->getParentRegion()->isAncestor(node.getInsertionBlock()->getParent()))
        return known;
  return fold<arith::MinSIOp>(node, a, b);
}

/// A bound of a section inside of [least, most], negative ones counted from the end of a dimension of `size`.
static Value bound(Node &node, Value given, Value size, Value least, Value most) {
  Value zero = node.indexValue(node.index(0));
  std::optional<int64_t> constant = getConstantIntValue(given);
  if (given == size || (constant && *constant >= std::numeric_limits<int32_t>::max()))
    return most;
  Value counted = given;
  if (constant && *constant < 0)
    counted = node.indexValue(node.add(size, node.index(std::max<int64_t>(*constant, std::numeric_limits<int32_t>::min()))));
  else if (!isAtLeast(given, zero))
    counted = foldSelect(node, arith::CmpIPredicate::slt, given, zero, fold<arith::AddIOp>(node, given, size), given);
  if (!isAtLeast(counted, least))
    counted = fold<arith::MaxSIOp>(node, counted, least);
  if (isAtLeast(counted, most))
    return most;
  return isAtLeast(most, counted) ? counted : lesser(node, counted, most);
}

/// The sections of all dimensions: those of `axes` where they are constants; else every dimension asks which axis it is.
static SmallVector<Section> sectionsOf(Node &node, const Sizes &sizes, ArrayRef<OpFoldResult> axes, ArrayRef<OpFoldResult> starts,
                                       ArrayRef<OpFoldResult> ends, ArrayRef<OpFoldResult> steps) {
  SmallVector<Section> sections;
  const int64_t rank = sizes.size();
  for (int64_t dim = 0; dim < rank; ++dim) {
    Section section{node.indexValue(node.index(0)), node.indexValue(sizes[dim]), node.indexValue(node.index(1))};
    for (auto [axis, start, end, step] : llvm::zip(axes, starts, ends, steps)) {
      if (auto constant = constantSize(axis)) {
        if (normaliseAxis(*constant, rank) == dim)
          section = {node.indexValue(start), node.indexValue(end), node.indexValue(step)};
        continue;
      }
      Value given = node.indexValue(axis), positive = node.indexValue(node.index(dim)), negative = node.indexValue(node.index(dim - rank));
      Value is = arith::OrIOp::create(node, arith::CmpIOp::create(node, arith::CmpIPredicate::eq, given, positive),
                                      arith::CmpIOp::create(node, arith::CmpIPredicate::eq, given, negative));
      section.start = node.createOrFold<arith::SelectOp>(is, node.indexValue(start), section.start);
      section.end = node.createOrFold<arith::SelectOp>(is, node.indexValue(end), section.end);
      section.step = node.createOrFold<arith::SelectOp>(is, node.indexValue(step), section.step);
    }
    sections.push_back(section);
  }
  return sections;
}

/// Every element by arithmetic on its place: steps that are negative or not known, sizes that inference knows.
static Tensor sliceByPlace(Node &node, const Tensor &x, const Sizes &sizes, ArrayRef<Section> sections) {
  SmallVector<Value> extents = indexValues(node, node.sizes(x));
  return pull(node, sizes, x.element, [&](Scalars &s, ValueRange place) {
    SmallVector<Value> from;
    for (auto [i, at, section] : llvm::enumerate(place, sections)) {
      const bool whole = getConstantIntValue(section.step) == 1 && getConstantIntValue(section.start) == 0;
      from.push_back(whole ? at : clampIndex(s, s.add(section.start, s.mul(at, section.step)), extents[i]));
    }
    return elementAt(s, x, from);
  });
}

namespace {
/// The operands of Slice; one entry per axis in each.
struct SliceOperands {
  Sizes starts, ends, axes, steps;
};
} // namespace

static FailureOr<SliceOperands> sliceOperands(Node &node, onnx::SliceOp op) {
  const auto refuse = [&](const std::string &expected, const std::string &found) -> FailureOr<SliceOperands> {
    (void)node.refuse(expected, found);
    return failure();
  };
  std::optional<Sizes> starts = node.scalars(op.getStarts()), ends = node.scalars(op.getEnds());
  if (!starts || !ends)
    return refuse("starts and ends of known number", "a number that is computed from data");
  std::optional<Sizes> axes = getAsIndexOpFoldResult(node.getContext(), llvm::to_vector(llvm::seq<int64_t>(0, starts->size())));
  std::optional<Sizes> steps = Sizes(starts->size(), node.index(1));
  if (op.getAxes())
    axes = node.scalars(op.getAxes());
  if (op.getSteps())
    steps = node.scalars(op.getSteps());
  if (!axes || !steps)
    return refuse("axes and steps of known number", "a number that is computed from data");
  if (starts->size() != ends->size() || starts->size() != axes->size() || starts->size() != steps->size())
    return refuse("as many starts as ends, axes and steps", std::to_string(starts->size()) + ", " + std::to_string(ends->size()) + ", " +
                                                                std::to_string(axes->size()) + ", " + std::to_string(steps->size()));
  if (llvm::any_of(*steps, [](OpFoldResult step) { return constantSize(step) == 0; }))
    return refuse("steps other than 0", "0");
  return SliceOperands{*starts, *ends, *axes, *steps};
}

/// Puts the start of a section of a known step inside, and gives its length.
static OpFoldResult cutSection(Node &node, Section &section, OpFoldResult size, int64_t step) {
  Value zero = node.indexValue(node.index(0)), extent = node.indexValue(size);
  if (step > 0) {
    section.start = bound(node, section.start, extent, zero, extent);
    section.end = bound(node, section.end, extent, zero, extent);
  } else {
    Value last = node.indexValue(node.sub(size, node.index(1)));
    section.start = bound(node, section.start, extent, zero, last);
    section.end = bound(node, section.end, extent, node.indexValue(node.index(-1)), last);
  }
  Value from = step > 0 ? section.start : section.end, to = step > 0 ? section.end : section.start;
  OpFoldResult length = node.sub(getAsOpFoldResult(to), getAsOpFoldResult(from));
  if (std::abs(step) != 1)
    length = node.apply((node.getAffineDimExpr(0) + (std::abs(step) - 1)).floorDiv(std::abs(step)), {length});
  if (auto constant = constantSize(length))
    return node.index(std::max<int64_t>(*constant, 0));
  const bool positive = isAtLeast(length, node.index(0)) || (step > 0 && getConstantIntValue(from) == 0);
  return positive ? length : getAsOpFoldResult(fold<arith::MaxSIOp>(node, node.indexValue(length), zero));
}

/// Puts the start of a section inside when its step is known at run time only.
static void cutStart(Node &node, Section &section, OpFoldResult size) {
  Value zero = node.indexValue(node.index(0)), extent = node.indexValue(size), last = node.indexValue(node.sub(size, node.index(1)));
  Value down = arith::CmpIOp::create(node, arith::CmpIPredicate::slt, section.step, zero);
  section.start = bound(node, section.start, extent, zero, arith::SelectOp::create(node, down, last, extent));
}

static LogicalResult lowerSlice(Node &node, onnx::SliceOp op) {
  Tensor x = node.get(op.getData());
  FailureOr<SliceOperands> operands = sliceOperands(node, op);
  if (failed(operands))
    return failure();
  Sizes before = node.sizes(x), offsets, sizes;
  SmallVector<Section> sections = sectionsOf(node, before, operands->axes, operands->starts, operands->ends, operands->steps);
  SmallVector<int64_t> steps;
  for (auto [size, section] : llvm::zip(before, sections)) {
    steps.push_back(getConstantIntValue(section.step).value_or(0));
    if (steps.back() != 0) {
      sizes.push_back(cutSection(node, section, size, steps.back()));
    } else {
      cutStart(node, section, size);
      sizes.emplace_back();
    }
    offsets.push_back(getAsOpFoldResult(section.start));
  }
  const bool known = node.knownScalars(op.getStarts()) && node.knownScalars(op.getEnds());
  auto declared = declaredSizes(node, op.getOutput());
  if (!declared && (!known || llvm::is_contained(sizes, OpFoldResult())))
    return node.refuse("a section that follows from constants and dimensions, or a result of known sizes", "one that is computed from data");
  if (declared)
    sizes = *declared;
  const bool fixed = known && llvm::all_of(steps, [](int64_t step) { return step > 0; });
  return node.set(op.getOutput(), fixed ? extractSlice(node, x, offsets, sizes, steps) : sliceByPlace(node, x, sizes, sections));
}

// ---- Split and Concat ----

/// The sizes of the parts; constants.
static FailureOr<SmallVector<int64_t>> partsOf(Node &node, onnx::SplitOp op, int64_t extent) {
  const int64_t count = op.getOutputs().size();
  SmallVector<int64_t> parts;
  if (auto given = op.getSplit() ? node.constants(op.getSplit()) : std::nullopt) {
    parts = *given;
  } else if (op.getSplit()) {
    for (Value output : op.getOutputs()) {
      auto type = cast<RankedTensorType>(output.getType());
      parts.push_back(type.getDimSize(normaliseAxis(op.getAxis(), type.getRank())));
    }
  } else {
    const int64_t chunk = llvm::divideCeil(extent, count);
    for (int64_t i = 0; i < count; ++i)
      parts.push_back(std::clamp<int64_t>(extent - i * chunk, 0, chunk));
  }
  const bool negative = llvm::any_of(parts, [](int64_t part) { return part < 0; });
  if (negative || static_cast<int64_t>(parts.size()) != count || std::accumulate(parts.begin(), parts.end(), int64_t(0)) != extent) {
    (void)node.refuse(std::to_string(count) + " parts that make up " + std::to_string(extent), spell(parts));
    return failure();
  }
  return parts;
}

static LogicalResult lowerSplit(Node &node, onnx::SplitOp op) {
  Tensor x = node.get(op.getInput());
  const int64_t axis = normaliseAxis(op.getAxis(), x.rank());
  Sizes sizes = node.sizes(x), offsets(x.rank(), node.index(0));
  std::optional<int64_t> extent = constantSize(sizes[axis]);
  if (!extent)
    return node.refuse("a dimension of known size to split", "a symbolic one: fix it with --dim");
  FailureOr<SmallVector<int64_t>> parts = partsOf(node, op, *extent);
  if (failed(parts))
    return failure();
  int64_t offset = 0;
  for (auto [output, part] : llvm::zip(op.getOutputs(), *parts)) {
    offsets[axis] = node.index(offset);
    sizes[axis] = node.index(part);
    offset += part;
    if (failed(node.set(output, extractSlice(node, x, offsets, sizes, SmallVector<int64_t>(x.rank(), 1)))))
      return failure();
  }
  return success();
}

static LogicalResult lowerConcat(Node &node, onnx::ConcatOp op) {
  SmallVector<Tensor> inputs = llvm::map_to_vector(op.getInputs(), [&](Value input) { return node.get(input); });
  const int64_t rank = inputs.front().rank(), axis = normaliseAxis(op.getAxis(), rank);
  Sizes sizes = node.sizes(inputs.front());
  for (const Tensor &input : ArrayRef(inputs).drop_front()) {
    for (auto [dim, size] : llvm::enumerate(node.sizes(input))) {
      if (static_cast<int64_t>(dim) == axis)
        sizes[dim] = node.add(sizes[dim], size);
      else if (!mustBeEqual(sizes[dim], size))
        return node.refuse("inputs that are equal in all dimensions but axis " + std::to_string(axis),
                           spell(inputs.front().value.getType()) + " and " + spell(input.value.getType()) +
                               ": give the dimensions the same name or fix them with --dim");
    }
  }
  Value result = node.empty(sizes, storageType(inputs.front().element));
  Sizes offsets(rank, node.index(0)), strides(rank, node.index(1));
  for (const Tensor &input : inputs) {
    Sizes part = node.sizes(input);
    if (constantSize(part[axis]) != 0)
      result = tensor::InsertSliceOp::create(node, input.value, result, offsets, part, strides);
    offsets[axis] = node.add(offsets[axis], part[axis]);
    node.getValues().sizes[result] = sizes;
  }
  return node.set(op.getConcatResult(), {result, inputs.front().element});
}

void addSlices(OperatorList &list) {
  list.add<onnx::ConcatOp>(lowerConcat);
  list.add<onnx::SliceOp>(lowerSlice);
  list.add<onnx::SplitOp>(lowerSplit);
}

} // namespace motion
