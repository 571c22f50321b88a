"""The description of runtime/motion_abi.h: found in a library's file, checked, read into Python values."""

import struct
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"\x7fMOTION\0"
ABI_MAJOR = 1
NEEDS_WEIGHTS, NEEDS_STATE, NEEDS_PREPARE = 1, 2, 4
HAS_CHECKS, HAS_THREADS = 1, 2
TENSOR_OPTIONAL, TENSOR_VALUE, TENSOR_STATE = 1, 2, 4
FREE, DERIVED, ACTUAL, STATE = 0, 1, 2, 3
NO_BOUND = 2**64 - 1

_MODEL = struct.Struct("<8sHHIIIQ32sI6I" + "3I" * 7 + "4I3Q")
_TENSOR = struct.Struct("<IIHBBIIIQ")
_DIM = struct.Struct("<IIIIqq")
_STATE = struct.Struct("<IIIIQQ")
_KERNEL = struct.Struct("<IIQQ")
_METADATA = struct.Struct("<II")
_RESULTS = ("", "is missing", "is not aligned as its type demands", "is out of its range, or does not fit another one",
            "is at its bound", "has a value that the model does not allow", "is too small or not aligned",
            "is too small or not aligned", "have another layout than the library",
            "this CPU lacks instructions that the library uses", "the run was cancelled", "the library does not support this",
            "the device failed")


class MotionError(RuntimeError):
    """A library that cannot be used, or a call that failed; `code` is that of motion_abi.h, 0 where there is none."""

    def __init__(self, message: str, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Tensor:
    """An input or output. `shape` holds sizes and names of dimensions; `type` is the ONNX TensorProto.DataType."""

    name: str
    c_name: str
    type: int
    kind: int
    shape: tuple[int | str, ...]
    optional: bool
    sizes_follow_from_values: bool
    in_state: bool
    dims: tuple[int, ...]


@dataclass(frozen=True)
class Dim:
    """A symbolic dimension. `kind` is "free", "derived", "actual" (known after a run) or "state"."""

    name: str
    c_name: str
    kind: str
    min: int
    max: int
    formula: str


@dataclass(frozen=True)
class StateTensor:
    """A tensor kept in the state: positions of input and output, place in bytes. input is None for the random counter."""

    input: int | None
    output: int
    offset: int
    bytes: int


@dataclass(frozen=True)
class Info:
    """What a library says of itself besides its tensors. Sizes in bytes at the largest dimensions; None: no bound."""

    name: str
    source: str
    compiler: str
    options: str
    target: str
    cpu: str
    interface_hash: int
    model_sha256: str
    abi: tuple[int, int]
    checks: bool
    threads: bool
    max_threads: int
    stack_bytes: int
    workspace_bytes: int | None
    state_bytes: int | None
    weights_bytes: int | None
    kernels: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """A whole description."""

    info: Info
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    dims: tuple[Dim, ...]
    states: tuple[StateTensor, ...]
    metadata: dict[str, str]
    required: int
    device: int
    workspace_align: int
    content: bytes

    def parameter(self, position: int) -> str:
        """The name of a parameter of NAME_run, or ""."""
        names = [f"input {tensor.name!r}" for tensor in self.inputs if not tensor.in_state]
        names += [f"dimension {dim.name!r}" for dim in self.dims if dim.kind == "free"]
        names += [f"output {tensor.name!r}" for tensor in self.outputs if not tensor.in_state]
        names += [f"dimension {dim.name!r}" for dim in self.dims if dim.kind == "actual"]
        names += ["the state"] if self.states else []
        names += ["the workspace", "the host"]
        return names[position] if position < len(names) else ""

    def error(self, action: str, result: int) -> MotionError:
        """The exception for a negative result of plan() or run()."""
        code, position = -result & 255, -result >> 8
        if not 0 < code < len(_RESULTS):
            return MotionError(f"{self.info.name}: {action}: unknown result {result}")
        name = self.parameter(position) if code < 9 else ""
        return MotionError(f"{self.info.name}: {action}: {name} {_RESULTS[code]}".replace(":  ", ": "), code)


class _Reader:
    """Reads tables and strings of one description; struct.error and IndexError mean damage."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def string(self, offset: int) -> str:
        if offset == 0:
            return ""
        return self.data[offset : self.data.index(b"\0", offset)].decode("utf-8")

    def table(self, layout: struct.Struct, offset: int, count: int, stride: int) -> list[tuple]:
        if count and (stride < layout.size or offset == 0 or offset + count * stride > len(self.data)):
            raise ValueError("a table is outside of it")
        return [layout.unpack_from(self.data, offset + i * stride) for i in range(count)]

    def tensors(self, table: tuple[int, int, int], dims: list[Dim]) -> tuple[Tensor, ...]:
        result = []
        for name, c_name, code, kind, rank, flags, place, _, _ in self.table(_TENSOR, *table):
            sizes = struct.unpack_from(f"<{rank}q", self.data, place)
            shape = tuple(size if size >= 0 else dims[-1 - size].name for size in sizes)
            result.append(Tensor(self.string(name), self.string(c_name), code, kind, shape, bool(flags & TENSOR_OPTIONAL),
                                 bool(flags & TENSOR_VALUE), bool(flags & TENSOR_STATE), sizes))
        return tuple(result)

    def parse(self) -> Description:
        fields = _MODEL.unpack_from(self.data)
        _, major, minor, _, _, required, interface, sha256, features, *rest = fields
        names, tables, (align, max_threads, stack, device) = rest[:6], rest[6:27], rest[27:31]
        table = [tuple(tables[i : i + 3]) for i in range(0, 21, 3)]
        kinds = ("free", "derived", "actual", "state")
        dims = [Dim(self.string(name), self.string(c_name), kinds[kind], low, high, self.string(formula))
                for name, c_name, kind, formula, low, high in self.table(_DIM, *table[3])]
        workspace, state, weights = (None if size == NO_BOUND else size for size in rest[31:34])
        info = Info(*map(self.string, names), interface, sha256.hex(), (major, minor), bool(features & HAS_CHECKS),
                    bool(features & HAS_THREADS), max_threads, stack, workspace, state, weights,
                    tuple(self.string(entry[0]) for entry in self.table(_KERNEL, *table[5])))
        if not info.name.isidentifier() or not info.name.isascii():
            raise ValueError("its name is no C identifier")
        states = tuple(StateTensor(None if entry[0] == 0xFFFFFFFF else entry[0], entry[1], entry[4], entry[5])
                       for entry in self.table(_STATE, *table[4]))
        if any(entry.input is not None and entry.input >= table[0][1] for entry in states):
            raise ValueError("a state names a tensor that is not there")
        metadata = {self.string(key): self.string(value) for key, value in self.table(_METADATA, *table[6])}
        return Description(info, self.tensors(table[0], dims), self.tensors(table[1], dims), tuple(dims), states, metadata,
                           required, device, align or 1, self.data)


def parse(data: bytes) -> Description:
    """Reads the description at the start of `data`; raises MotionError where it is damaged or too new."""
    try:
        major, _, size, total = struct.unpack_from("<HHII", data, 8)
        if major != ABI_MAJOR:
            raise ValueError(f"expected version {ABI_MAJOR} of the binary interface, found {major}")
        if size < _MODEL.size or total < size or total > len(data):
            raise ValueError("it is cut short")
        description = _Reader(data[:total]).parse()
    except (struct.error, IndexError, ValueError) as error:
        raise MotionError(f"not a usable description: {error}") from error
    unknown = description.required & ~(NEEDS_WEIGHTS | NEEDS_STATE | NEEDS_PREPARE)
    if unknown:
        raise MotionError(f"the library requires abilities that this version does not have (bits {unknown})")
    return description


def find(path: Path) -> tuple[Description, bytes]:
    """The one description in a library's file and the file's bytes; raises MotionError."""
    data = path.read_bytes()
    found: list[Description] = []
    first: MotionError | None = None
    at = data.find(MAGIC)
    while at >= 0:
        try:
            found.append(parse(data[at:]))
        except MotionError as error:
            first = first or error
        at = data.find(MAGIC, at + 1)
    if not found:
        raise MotionError(f"{path}: {first or 'not a library that motionc made, or a damaged one'}")
    if len(found) > 1:
        raise MotionError(f"{path}: expected one model, found {', '.join(d.info.name for d in found)}")
    return found[0], data
