"""Element types of ONNX and the numpy arrays that hold them.

Types that numpy lacks (bfloat16, float8, float4) are their bit patterns in unsigned arrays; 4- and 2-bit types stand one
to a byte in arrays and are packed, low bits first, in a library's buffers. Arrays of ml_dtypes are taken as they are."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ElementType:
    """One element type: its ONNX name, the dtype of its arrays, the bits of an element in a library's buffer, and the
    name of its dtype in ml_dtypes ("" where numpy has one)."""

    name: str
    dtype: np.dtype
    bits: int
    extension: str = ""

    def accepts(self, dtype: np.dtype) -> bool:
        """Whether an array of `dtype` holds elements of this type, perhaps as bit patterns."""
        if dtype == self.dtype or (self.name == "float16" and dtype == np.uint16):
            return True
        return bool(self.extension) and dtype.name == self.extension

    def to_library(self, array: np.ndarray) -> np.ndarray:
        """The array in a library's form: contiguous, aligned, packed. Copies only what is not so yet."""
        if self.bits < 8:
            return self._pack(np.ascontiguousarray(array).view(np.uint8).ravel())
        if array.flags.c_contiguous and array.flags.aligned:
            return array
        return np.require(array, requirements=["C", "A"])

    def from_library(self, buffer: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """The array of the first elements of a buffer that a library wrote; a view unless it must be unpacked."""
        count = math.prod(shape)
        if self.bits < 8:
            return self._unpack(buffer.view(np.uint8).ravel(), count).reshape(shape)
        return buffer.reshape(-1)[:count].reshape(shape)

    def buffer(self, count: int) -> np.ndarray:
        """Room for `count` elements in a library's form."""
        if self.bits < 8:
            return np.zeros((count * self.bits + 7) // 8, np.uint8)
        return np.zeros(count, self.dtype)

    def _pack(self, values: np.ndarray) -> np.ndarray:
        per_byte = 8 // self.bits
        padded = np.zeros(-(-values.size // per_byte) * per_byte, np.uint8)
        padded[: values.size] = values & ((1 << self.bits) - 1)
        shifts = np.arange(per_byte, dtype=np.uint8) * self.bits
        return np.bitwise_or.reduce(padded.reshape(-1, per_byte) << shifts, axis=1).astype(np.uint8)

    def _unpack(self, packed: np.ndarray, count: int) -> np.ndarray:
        shifts = np.arange(8 // self.bits, dtype=np.uint8) * self.bits
        values = (packed[:, None] >> shifts & ((1 << self.bits) - 1)).reshape(-1)[:count].astype(np.uint8)
        if self.dtype == np.int8:
            sign = 1 << (self.bits - 1)
            values = (values ^ sign) - sign
        return values.view(self.dtype)


def _types() -> dict[int, ElementType]:
    """The types by TensorProto.DataType; text (8) is not among them."""
    plain = {1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 10: "float16",
             11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128"}
    names = {1: "float", 11: "double"}
    table = {code: ElementType(names.get(code, dtype), np.dtype(dtype), np.dtype(dtype).itemsize * 8) for code, dtype in plain.items()}
    patterns = {16: ("bfloat16", "uint16", 16, "bfloat16"), 17: ("float8e4m3fn", "uint8", 8, "float8_e4m3fn"),
                18: ("float8e4m3fnuz", "uint8", 8, "float8_e4m3fnuz"), 19: ("float8e5m2", "uint8", 8, "float8_e5m2"),
                20: ("float8e5m2fnuz", "uint8", 8, "float8_e5m2fnuz"), 21: ("uint4", "uint8", 4, "uint4"),
                22: ("int4", "int8", 4, "int4"), 23: ("float4e2m1", "uint8", 4, "float4_e2m1fn"),
                24: ("float8e8m0", "uint8", 8, "float8_e8m0fnu"), 25: ("uint2", "uint8", 2, "uint2"), 26: ("int2", "int8", 2, "int2")}
    for code, (name, dtype, bits, extension) in patterns.items():
        table[code] = ElementType(name, np.dtype(dtype), bits, extension)
    return table


ELEMENT_TYPES = _types()
