// What compilation assumed of constants before they were computed.
#include "compiler/Pipelines/Constants.h"
#include "dialects/Kernel/KernelDialect.h"
#include <cmath>
#include <cstring>

using namespace mlir;

namespace motion {
namespace {

template <typename Element> bool allFinite(ArrayRef<char> bytes) {
  for (size_t at = 0; at + sizeof(Element) <= bytes.size(); at += sizeof(Element)) {
    Element value;
    std::memcpy(&value, bytes.data() + at, sizeof(Element));
    if (!std::isfinite(value))
      return false;
  }
  return true;
}

bool isFinite(kernel::ConstantOp constant, ArrayRef<char> section) {
  auto type = cast<ShapedType>(constant.getType());
  ArrayRef<char> bytes = section.slice(constant.getOffset(), type.getNumElements() * type.getElementTypeBitWidth() / 8);
  return type.getElementType().isF32() ? allFinite<float>(bytes) : allFinite<double>(bytes);
}

} // namespace

void takeBackMarks(ModuleOp module, ArrayRef<char> section) {
  module.walk([&](kernel::ContractOp op) {
    if (!op.getSkipZeros())
      return;
    kernel::ConstantOp constant = kernel::ConstantOp::of(op.getB());
    op.setSkipZeros(constant && isFinite(constant, section));
  });
}

} // namespace motion
