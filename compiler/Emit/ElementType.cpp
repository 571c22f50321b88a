// Numbers in: TensorProto.DataType. Out: the C type.
#include "compiler/Emit/ElementType.h"

namespace motion {

static constexpr ElementType elementTypes[] = {
    {1, "float", "float", 32, 32, false},
    {2, "uint8", "uint8_t", 8, 8, false},
    {3, "int8", "int8_t", 8, 8, false},
    {4, "uint16", "uint16_t", 16, 16, false},
    {5, "int16", "int16_t", 16, 16, false},
    {6, "int32", "int32_t", 32, 32, false},
    {7, "int64", "int64_t", 64, 64, false},
    {9, "bool", "uint8_t", 8, 8, true},
    {10, "float16", "uint16_t", 16, 16, true},
    {11, "double", "double", 64, 64, false},
    {12, "uint32", "uint32_t", 32, 32, false},
    {13, "uint64", "uint64_t", 64, 64, false},
    {14, "complex64", "float", 64, 32, true},
    {15, "complex128", "double", 128, 64, true},
    {16, "bfloat16", "uint16_t", 16, 16, true},
    {17, "float8e4m3fn", "uint8_t", 8, 8, true},
    {18, "float8e4m3fnuz", "uint8_t", 8, 8, true},
    {19, "float8e5m2", "uint8_t", 8, 8, true},
    {20, "float8e5m2fnuz", "uint8_t", 8, 8, true},
    {21, "uint4", "uint8_t", 4, 8, true},
    {22, "int4", "uint8_t", 4, 8, true},
    {23, "float4e2m1", "uint8_t", 4, 8, true},
    {24, "float8e8m0", "uint8_t", 8, 8, true},
    {25, "uint2", "uint8_t", 2, 8, true},
    {26, "int2", "uint8_t", 2, 8, true},
};

const ElementType *findElementType(int64_t code) {
  for (const ElementType &type : elementTypes)
    if (type.code == code)
      return &type;
  return nullptr;
}

} // namespace motion
