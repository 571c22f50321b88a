// TensorProto -> bytes, element by element in the order of the tensor; element types; small tensors as attributes.
//   raw_data, or one of the typed fields (float_data, int32_data, ...) -> one contiguous string of storage elements
#include "compiler/Import/TensorData.h"
#include "compiler/Import/ImportError.h"
#include "mlir/IR/Builders.h"
#include <cstring>

using namespace mlir;
using ::onnx::TensorProto;

namespace motion {

Type elementType(int dataType, MLIRContext *context) {
  Builder b(context);
  auto isUnsigned = [&](unsigned width) { return IntegerType::get(context, width, IntegerType::Unsigned); };
  switch (dataType) {
  case TensorProto::FLOAT: return b.getF32Type();
  case TensorProto::DOUBLE: return b.getF64Type();
  case TensorProto::FLOAT16: return b.getF16Type();
  case TensorProto::BFLOAT16: return b.getBF16Type();
  case TensorProto::BOOL: return b.getI1Type();
  case TensorProto::INT2: return b.getIntegerType(2);
  case TensorProto::INT4: return b.getIntegerType(4);
  case TensorProto::INT8: return b.getIntegerType(8);
  case TensorProto::INT16: return b.getIntegerType(16);
  case TensorProto::INT32: return b.getIntegerType(32);
  case TensorProto::INT64: return b.getIntegerType(64);
  case TensorProto::UINT2: return isUnsigned(2);
  case TensorProto::UINT4: return isUnsigned(4);
  case TensorProto::UINT8: return isUnsigned(8);
  case TensorProto::UINT16: return isUnsigned(16);
  case TensorProto::UINT32: return isUnsigned(32);
  case TensorProto::UINT64: return isUnsigned(64);
  case TensorProto::COMPLEX64: return ComplexType::get(b.getF32Type());
  case TensorProto::COMPLEX128: return ComplexType::get(b.getF64Type());
  case TensorProto::FLOAT8E4M3FN: return Float8E4M3FNType::get(context);
  case TensorProto::FLOAT8E4M3FNUZ: return Float8E4M3FNUZType::get(context);
  case TensorProto::FLOAT8E5M2: return Float8E5M2Type::get(context);
  case TensorProto::FLOAT8E5M2FNUZ: return Float8E5M2FNUZType::get(context);
  case TensorProto::FLOAT8E8M0: return Float8E8M0FNUType::get(context);
  case TensorProto::FLOAT4E2M1: return Float4E2M1FNType::get(context);
  case TensorProto::FLOAT6E2M3: return Float6E2M3FNType::get(context);
  case TensorProto::FLOAT6E3M2: return Float6E3M2FNType::get(context);
  default: return Type();
  }
}

std::string elementTypeName(int dataType) {
  return ::onnx::TensorProto_DataType_IsValid(dataType)
             ? llvm::StringRef(TensorProto::DataType_Name(static_cast<TensorProto::DataType>(dataType))).lower()
             : "number " + std::to_string(dataType);
}

unsigned storedBits(int dataType) {
  switch (dataType) {
  case TensorProto::INT2:
  case TensorProto::UINT2: return 2;
  case TensorProto::INT4:
  case TensorProto::UINT4:
  case TensorProto::FLOAT4E2M1: return 4;
  case TensorProto::FLOAT6E2M3:
  case TensorProto::FLOAT6E3M2: return 6;
  case TensorProto::BOOL:
  case TensorProto::INT8:
  case TensorProto::UINT8:
  case TensorProto::FLOAT8E4M3FN:
  case TensorProto::FLOAT8E4M3FNUZ:
  case TensorProto::FLOAT8E5M2:
  case TensorProto::FLOAT8E5M2FNUZ:
  case TensorProto::FLOAT8E8M0: return 8;
  case TensorProto::INT16:
  case TensorProto::UINT16:
  case TensorProto::FLOAT16:
  case TensorProto::BFLOAT16: return 16;
  case TensorProto::FLOAT:
  case TensorProto::INT32:
  case TensorProto::UINT32: return 32;
  case TensorProto::DOUBLE:
  case TensorProto::INT64:
  case TensorProto::UINT64:
  case TensorProto::COMPLEX64: return 64;
  case TensorProto::COMPLEX128: return 128;
  default: return 0;
  }
}

int64_t elementCount(const TensorProto &tensor) {
  int64_t count = 1;
  bool tooLarge = false;
  for (int64_t dim : tensor.dims()) {
    if (dim < 0)
      refuse("tensor '", tensor.name(), "' has the negative dimension ", dim);
    tooLarge |= __builtin_mul_overflow(count, dim, &count);
    tooLarge |= count > int64_t(1) << 40;
  }
  if (tooLarge)
    refuse("tensor '", tensor.name(), "' has more elements than a machine can hold");
  return count;
}

int64_t storedBytes(int dataType, int64_t elements) { return (elements * storedBits(dataType) + 7) / 8; }

/// Whether one element of a sub-byte type is sign-extended to its byte.
static bool isSigned(int dataType) { return dataType == TensorProto::INT2 || dataType == TensorProto::INT4; }

std::string unpackElements(int dataType, int64_t elements, llvm::StringRef stored) {
  const unsigned bits = storedBits(dataType);
  std::string result;
  if (bits >= 8) {
    result.assign(stored.data(), size_t(storedBytes(dataType, elements)));
    if (dataType == TensorProto::BOOL)
      for (char &value : result)
        value = value != 0;
    return result;
  }
  result.resize(size_t(elements));
  for (int64_t i = 0; i < elements; ++i) {
    const size_t first = size_t(i) * bits;
    unsigned pair = static_cast<unsigned char>(stored[first / 8]);
    if (first / 8 + 1 < stored.size())
      pair |= unsigned(static_cast<unsigned char>(stored[first / 8 + 1])) << 8;
    unsigned value = (pair >> (first % 8)) & ((1u << bits) - 1);
    if (isSigned(dataType) && (value >> (bits - 1)))
      value |= ~0u << bits;
    result[size_t(i)] = static_cast<char>(value);
  }
  return result;
}

/// Appends the low `bytes` bytes of each value of a typed field.
template <typename Field> static std::string lowBytes(const Field &field, size_t bytes) {
  std::string result(size_t(field.size()) * bytes, '\0');
  char *to = result.data();
  for (const auto &value : field) {
    std::memcpy(to, &value, bytes);
    to += bytes;
  }
  return result;
}

/// The values of the typed field that the type uses, as ONNX's packed bytes (6-bit elements are never packed here).
static std::string typedField(const TensorProto &tensor) {
  switch (tensor.data_type()) {
  case TensorProto::FLOAT:
  case TensorProto::COMPLEX64: return lowBytes(tensor.float_data(), 4);
  case TensorProto::DOUBLE:
  case TensorProto::COMPLEX128: return lowBytes(tensor.double_data(), 8);
  case TensorProto::INT64: return lowBytes(tensor.int64_data(), 8);
  case TensorProto::UINT32: return lowBytes(tensor.uint64_data(), 4);
  case TensorProto::UINT64: return lowBytes(tensor.uint64_data(), 8);
  default: return lowBytes(tensor.int32_data(), std::max(storedBits(tensor.data_type()) / 8, 1u));
  }
}

std::string tensorElements(const TensorProto &tensor) {
  const int64_t count = elementCount(tensor);
  const int type = tensor.data_type();
  if (!storedBits(type))
    refuse("tensor '", tensor.name(), "' has the element type ", elementTypeName(type), ", which is not supported");
  std::string typed;
  if (!tensor.has_raw_data())
    typed = typedField(tensor);
  llvm::StringRef stored = tensor.has_raw_data() ? llvm::StringRef(tensor.raw_data()) : llvm::StringRef(typed);
  const bool bytePerElement = !tensor.has_raw_data() && storedBits(type) == 6;
  const int64_t expected = bytePerElement ? count : storedBytes(type, count);
  if (int64_t(stored.size()) < expected || (tensor.has_raw_data() && int64_t(stored.size()) != expected))
    refuse("tensor '", tensor.name(), "' has ", stored.size(), " bytes of data; its shape and type need ", expected);
  return bytePerElement ? typed.substr(0, size_t(count)) : unpackElements(type, count, stored);
}

DenseElementsAttr denseElements(RankedTensorType type, llvm::StringRef elements) {
  const int64_t count = type.getNumElements();
  const size_t bytes = count ? elements.size() / size_t(count) : 0;
  auto integer = [&](int64_t index, size_t offset, size_t size, unsigned width) {
    uint64_t bits = 0;
    std::memcpy(&bits, elements.data() + size_t(index) * bytes + offset, size);
    return APInt(width, bits, /*isSigned=*/false, /*implicitTrunc=*/true);
  };
  Type element = type.getElementType();
  if (auto complexType = dyn_cast<ComplexType>(element)) {
    auto part = cast<FloatType>(complexType.getElementType());
    SmallVector<std::complex<APFloat>> values;
    for (int64_t i = 0; i < count; ++i)
      values.emplace_back(APFloat(part.getFloatSemantics(), integer(i, 0, bytes / 2, part.getWidth())),
                          APFloat(part.getFloatSemantics(), integer(i, bytes / 2, bytes / 2, part.getWidth())));
    return DenseElementsAttr::get(type, values);
  }
  if (auto floatType = dyn_cast<FloatType>(element)) {
    SmallVector<APFloat> values;
    for (int64_t i = 0; i < count; ++i)
      values.emplace_back(floatType.getFloatSemantics(), integer(i, 0, bytes, floatType.getWidth()));
    return DenseElementsAttr::get(type, values);
  }
  SmallVector<APInt> values;
  for (int64_t i = 0; i < count; ++i)
    values.push_back(integer(i, 0, bytes, element.getIntOrFloatBitWidth()));
  return DenseElementsAttr::get(type, values);
}

} // namespace motion
