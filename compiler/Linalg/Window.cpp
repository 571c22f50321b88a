// Sliding windows: the output has (input + before + after - ((kernel - 1) * dilation + 1)) / stride + 1 positions, rounded down or up.
#include "compiler/Linalg/Window.h"

using namespace mlir;

namespace motion {

/// Padding that keeps ceil(input / stride) positions.
static LogicalResult padSame(Node &node, WindowAxis &axis, bool extraBefore) {
  const int64_t reach = (axis.kernel - 1) * axis.dilation + 1;
  auto input = constantSize(axis.input);
  if (!input && axis.stride != 1)
    return node.refuse("a fixed size where auto_pad is SAME and the stride is not 1", "a free dimension: fix it with --dim");
  const int64_t size = input.value_or(1), positions = llvm::divideCeil(size, axis.stride);
  const int64_t total = std::max<int64_t>(0, (positions - 1) * axis.stride + reach - size);
  axis.before = extraBefore ? total - total / 2 : total / 2;
  axis.after = total - axis.before;
  return success();
}

static LogicalResult outputSize(Node &node, WindowAxis &axis, bool ceil) {
  const int64_t reach = (axis.kernel - 1) * axis.dilation + 1, added = axis.before + axis.after - reach;
  AffineExpr positions = node.getAffineDimExpr(0) + (added + (ceil ? axis.stride - 1 : 0));
  if (auto input = constantSize(axis.input)) {
    if (*input + added < 0)
      return node.refuse("a window that fits", "one of " + std::to_string(reach) + " on " + std::to_string(*input) + " padded by " +
                                                   std::to_string(axis.before + axis.after));
    int64_t count = (*input + added + (ceil ? axis.stride - 1 : 0)) / axis.stride + 1;
    // A window that would start in the padding at the end is left out.
    if (ceil && (count - 1) * axis.stride >= *input + axis.before)
      --count;
    axis.after = std::max(axis.after, (count - 1) * axis.stride + reach - *input - axis.before);
    axis.output = node.index(count);
    return success();
  }
  if (ceil && axis.stride != 1)
    return node.refuse("a fixed size where ceil_mode is 1", "a free dimension: fix it with --dim");
  axis.output = node.apply(positions.floorDiv(axis.stride) + 1, {axis.input});
  return success();
}

FailureOr<Window> makeWindow(Node &node, ArrayRef<OpFoldResult> input, const WindowAttributes &attributes) {
  const size_t rank = input.size();
  const auto fits = [&](ArrayRef<int64_t> values, size_t wanted, int64_t least) {
    return values.empty() || (values.size() == wanted && llvm::all_of(values, [&](int64_t v) { return v >= least; }));
  };
  if (attributes.kernel.size() != rank || !fits(attributes.kernel, rank, 1) || !fits(attributes.strides, rank, 1) ||
      !fits(attributes.dilations, rank, 1) || !fits(attributes.pads, 2 * rank, 0)) {
    (void)node.refuse("kernel_shape, strides, dilations and pads for " + std::to_string(rank) + " spatial dimensions",
                      "kernel_shape " + spell(attributes.kernel) + ", strides " + spell(attributes.strides) + ", dilations " +
                          spell(attributes.dilations) + ", pads " + spell(attributes.pads));
    return failure();
  }
  Window window;
  for (size_t i = 0; i < rank; ++i) {
    WindowAxis &axis = window.emplace_back();
    axis.kernel = attributes.kernel[i];
    axis.input = input[i];
    if (!attributes.strides.empty())
      axis.stride = attributes.strides[i];
    if (!attributes.dilations.empty())
      axis.dilation = attributes.dilations[i];
    if (attributes.autoPad == "SAME_UPPER" || attributes.autoPad == "SAME_LOWER") {
      if (failed(padSame(node, axis, attributes.autoPad == "SAME_LOWER")))
        return failure();
    } else if (!attributes.pads.empty() && attributes.autoPad != "VALID") {
      axis.before = attributes.pads[i];
      axis.after = attributes.pads[rank + i];
    }
    if (failed(outputSize(node, axis, attributes.ceil)))
      return failure();
  }
  return window;
}

} // namespace motion
