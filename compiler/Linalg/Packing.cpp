// Between packed bytes and one element per byte:
//   4 bits:  byte = element[2 i] | element[2 i + 1] << 4
#include "compiler/Linalg/Packing.h"
#include "compiler/Linalg/Pull.h"

using namespace mlir;

namespace motion {

static int64_t elementsPerByte(Type element) { return 8 / element.getIntOrFloatBitWidth(); }

Sizes packedSizes(Node &node, ArrayRef<OpFoldResult> sizes, Type element) {
  const int64_t count = elementsPerByte(element);
  return {node.apply((node.getAffineDimExpr(0) + (count - 1)).floorDiv(count), {node.product(sizes)})};
}

/// The bits of an element from its place in a byte on, moved to the low end.
static Value extractElement(Scalars &s, Value byte, Value slot, Type element) {
  const Type i8 = s.getI8Type();
  const int64_t width = element.getIntOrFloatBitWidth();
  Value above = s.integer(i8, 8 - width), used = s.fromIndex(s.mul(slot, indexConstant(s, width)), i8);
  // Its highest bit comes to the byte's highest first.
  Value high = arith::ShLIOp::create(s, byte, s.sub(above, used));
  if (isUnsigned(element) || isa<FloatType>(element))
    return arith::ShRUIOp::create(s, high, above);
  return arith::ShRSIOp::create(s, high, above);
}

Tensor unpack(Node &node, Value bytes, ArrayRef<OpFoldResult> sizes, Type element) {
  SmallVector<Value> extents = indexValues(node, sizes);
  Value count = node.indexValue(node.index(elementsPerByte(element)));
  return pull(node, sizes, element, [&](Scalars &s, ValueRange place) {
    Value flat = indexConstant(s, 0);
    for (auto [at, extent] : llvm::zip(place, extents))
      flat = s.add(s.mul(flat, extent), at);
    Value byte = tensor::ExtractOp::create(s, bytes, ValueRange{arith::DivUIOp::create(s, flat, count)});
    return extractElement(s, byte, arith::RemUIOp::create(s, flat, count), element);
  });
}

Tensor pack(Node &node, const Tensor &tensor) {
  const Type i8 = node.getI8Type(), element = tensor.element;
  const Sizes sizes = node.sizes(tensor);
  OpFoldResult total = node.product(sizes);
  Tensor flat = node.reshape(tensor, {total});
  const int64_t count = elementsPerByte(element), width = element.getIntOrFloatBitWidth();
  Value extent = node.indexValue(total);
  return pull(node, packedSizes(node, sizes, element), i8, [&](Scalars &s, ValueRange place) {
    Value byte = s.integer(i8, 0);
    for (int64_t slot = 0; slot < count; ++slot) {
      Value at = s.add(s.mul(place[0], indexConstant(s, count)), indexConstant(s, slot));
      Value bits = arith::AndIOp::create(s, elementAt(s, flat, clampIndex(s, at, extent)), s.integer(i8, (1 << width) - 1));
      bits = s.select(s.less(at, extent), bits, s.integer(i8, 0));
      byte = arith::OrIOp::create(s, byte, arith::ShLIOp::create(s, bits, s.integer(i8, slot * width)));
    }
    return byte;
  });
}

} // namespace motion
