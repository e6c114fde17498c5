"""Reads the tensors of a legacy PyTorch checkpoint (`torch.save` before 1.6) without torch and without running code.

The file is five pickles (magic, protocol, system, state dict, storage keys) and then the raw storages. Only the four
globals a state dict needs are let through; anything else is refused before it is called.
"""

from __future__ import annotations

import pickle
import struct
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from schema.errors import BadConfig

MAGIC = 0x1950A86A20F9469CFC6C
TYPES = {"FloatStorage": "<f4", "HalfStorage": "<f2", "LongStorage": "<i8", "IntStorage": "<i4", "ByteStorage": "|u1"}


class Slice:
    """A tensor that waits for its storage."""

    def __init__(self, storage: tuple[str, str], offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def over(self, storages: dict[str, NDArray[Any]]) -> NDArray[Any]:
        data = storages[self.storage[1]]
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        negative = min(self.shape, default=1) < 1 or min(self.strides, default=0) < 0
        if negative or not 0 <= self.offset <= last < data.size:
            raise ValueError("a tensor reaches outside its storage")
        steps = [step * data.itemsize for step in self.strides]
        view = np.lib.stride_tricks.as_strided(data[self.offset :], self.shape, steps, writeable=False)
        return np.ascontiguousarray(view)


def _rebuild(storage: tuple[str, str], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any) -> Slice:
    return Slice(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


class _Restricted(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Callable[..., Any] | str] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _rebuild,
        }
        if (module, name) in known:
            return known[module, name]
        if module == "torch" and name in TYPES:
            return TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a file of weights")

    def persistent_load(self, pid: Any) -> tuple[str, str]:
        kind, dtype, key, _location, _size, view = pid
        if kind != "storage" or view is not None or dtype not in TYPES.values():
            raise pickle.UnpicklingError("unknown kind of storage")
        return str(dtype), str(key)


def _storages(stream: BinaryIO, keys: list[str], dtypes: dict[str, str]) -> dict[str, NDArray[Any]]:
    result = {}
    for key in keys:
        (count,) = struct.unpack("<q", stream.read(8))
        dtype = np.dtype(dtypes[key])
        data = stream.read(count * dtype.itemsize)
        if count < 0 or len(data) != count * dtype.itemsize:
            raise ValueError("the file ends early")
        result[key] = np.frombuffer(data, dtype)
    return result


def read_state(path: Path) -> dict[str, NDArray[Any]]:
    """Name -> array. Raises `BadConfig` if the file is damaged or holds anything but tensors."""
    try:
        with path.open("rb") as stream:
            if _Restricted(stream).load() != MAGIC:
                raise ValueError("this is not a PyTorch checkpoint of the legacy form")
            _Restricted(stream).load()
            _Restricted(stream).load()
            slices = {str(name): item for name, item in _Restricted(stream).load().items() if isinstance(item, Slice)}
            keys = [str(key) for key in _Restricted(stream).load()]
            storages = _storages(stream, keys, {item.storage[1]: item.storage[0] for item in slices.values()})
            return {name: item.over(storages) for name, item in slices.items()}
    except (pickle.UnpicklingError, ValueError, KeyError, TypeError, AttributeError, EOFError, struct.error) as error:
        raise BadConfig(f"The weights in {path.name} cannot be read ({error}); fetch the model again.") from None
