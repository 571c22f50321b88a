"""The C side of runtime/motion_abi.h for ctypes, and the check of a file before the system loads it."""

import ctypes
import struct
import tempfile
from pathlib import Path

from motion.description import Description, MotionError

TASK = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32)
PARALLEL = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p)


class Host(ctypes.Structure):
    """struct motion_host."""

    _fields_ = [("size", ctypes.c_size_t), ("flags", ctypes.c_uint32), ("threads", ctypes.c_uint32), ("user", ctypes.c_void_p),
                ("parallel", PARALLEL), ("step", ctypes.c_void_p)]


class Call(ctypes.Structure):
    """struct motion_call."""

    _fields_ = [("size", ctypes.c_size_t), ("inputs", ctypes.POINTER(ctypes.c_void_p)), ("outputs", ctypes.POINTER(ctypes.c_void_p)),
                ("dims", ctypes.POINTER(ctypes.c_int64)), ("workspace", ctypes.c_void_p), ("workspace_bytes", ctypes.c_size_t),
                ("state", ctypes.c_void_p), ("state_bytes", ctypes.c_size_t), ("weights", ctypes.c_void_p),
                ("weights_bytes", ctypes.c_size_t), ("host", ctypes.POINTER(Host)), ("position", ctypes.c_uint64),
                ("stream", ctypes.c_void_p), ("prepared", ctypes.c_void_p)]


FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(Call))


class Functions(ctypes.Structure):
    """struct motion_functions."""

    _fields_ = [("size", ctypes.c_size_t), ("plan", FUNCTION), ("run", FUNCTION), ("pack", ctypes.c_void_p),
                ("prepare", ctypes.c_void_p), ("release", ctypes.c_void_p)]


def check_shared_library(data: bytes) -> None:
    """Raises MotionError for an ELF file that is no whole shared library: the system's loader would die of it."""
    if len(data) < 64 or data[:6] != b"\x7fELF\x02\x01":
        raise MotionError("expected a shared library (64-bit ELF)")
    kind = struct.unpack_from("<H", data, 16)[0]
    table, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    if kind != 3:
        raise MotionError("expected a shared library, found an object file or a program")
    if size != 56 or table + size * count > len(data):
        raise MotionError("the file is cut short or damaged")
    for i in range(count):
        offset, _, _, length = struct.unpack_from("<4Q", data, table + i * size + 8)
        segment, = struct.unpack_from("<I", data, table + i * size)
        if segment in (1, 2) and offset + length > len(data):
            raise MotionError("the file is cut short or damaged")


def _load(path: str, name: str) -> tuple[ctypes.CDLL, Functions, int]:
    """Loads a library and asks for its functions; the number is the address of its description."""
    try:
        library = ctypes.CDLL(path)
        get_model = getattr(library, f"{name}_model")
    except (OSError, AttributeError) as error:
        raise MotionError(str(error)) from error
    get_model.restype = ctypes.c_void_p
    get_model.argtypes = [ctypes.POINTER(Functions)]
    functions = Functions(size=ctypes.sizeof(Functions))
    address = get_model(ctypes.byref(functions))
    if not address or not functions.plan or not functions.run:
        raise MotionError(f"{name}_model hands out no plan() or run()")
    return library, functions, address


def open_library(path: Path, description: Description, data: bytes) -> tuple[ctypes.CDLL, Functions]:
    """Loads the library of a file whose content is `data`."""
    check_shared_library(data)
    path, name = path.resolve(), description.info.name
    library, functions, address = _load(str(path), name)
    if not _is_in_memory(address, description.content):
        # The system knows libraries by their path: where a process loaded an older file of the same path, a new path is needed.
        with tempfile.TemporaryDirectory(prefix="motion") as folder:
            link = Path(folder) / path.name
            link.symlink_to(path)
            library, functions, address = _load(str(link), name)
    if not _is_in_memory(address, description.content):
        raise MotionError("the description in memory differs from the one in the file: was it replaced meanwhile?")
    return library, functions


def _is_in_memory(address: int, content: bytes) -> bool:
    """Whether the description at `address` is this one."""
    head = ctypes.string_at(address, 20)
    return head == content[:20] and ctypes.string_at(address, len(content)) == content
