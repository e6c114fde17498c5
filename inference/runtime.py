"""ONNX Runtime behind one small door: which device there is, and one session per model file per process."""

from __future__ import annotations

import ctypes
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schema.errors import BadConfig, PiGalleryError
from schema.settings import Settings

log = logging.getLogger("pigallery.models")

Tensor = NDArray[Any]

MISSING = (
    "Pictures are not analyzed because ONNX Runtime is not installed: install pigallery[cpu], "
    "or pigallery[gpu] on a machine with an NVIDIA GPU."
)


class ModelFailed(PiGalleryError):
    """A model could not digest its input; the message names the model."""


@cache
def cuda_driver() -> bool:
    """Whether an NVIDIA driver answers. The list of providers of ONNX Runtime tells only what was compiled in."""
    try:
        return int(ctypes.CDLL("libcuda.so.1").cuInit(0)) == 0
    except OSError:
        return False


def available() -> bool:
    """Whether ONNX Runtime is installed."""
    return find_spec("onnxruntime") is not None


@dataclass
class Session:
    """A loaded model. `run` may be called from several threads at once."""

    path: Path
    device: str
    """`cpu` or `cuda`, verified on the session."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shape: tuple[int | str | None, ...]
    """Of the first input."""
    _session: Any = field(repr=False)
    batch: int = 64
    """Largest batch that fits; halved when memory runs out, for as long as the process lives."""
    metadata: dict[str, str] = field(default_factory=dict, repr=False)
    """What its maker wrote into the file."""
    spare: Callable[[], Any] | None = field(default=None, repr=False)
    """Makes the same session on the processor, for when the GPU stops answering."""

    def ask(self, feed: dict[str, Tensor]) -> dict[str, Tensor]:
        """All outputs by name for inputs by name, in one run. Integers become what the model takes.

        Raises `ModelFailed` with the runtime's own words.
        """
        kinds = {
            item.name: np.int32 if item.type == "tensor(int32)" else np.int64 for item in self._session.get_inputs()
        }
        try:
            found = self._session.run(
                list(self.outputs), {name: values.astype(kinds[name]) for name, values in feed.items()}
            )
        except Exception as error:  # the runtime's own classes come and go with its versions
            reason = " ".join(str(error).split())[:200]
            raise ModelFailed(f"Model {self.path.stem} failed: {reason}") from error
        return dict(zip(self.outputs, found, strict=True))

    def run(self, tensor: Tensor, outputs: Sequence[str] = ()) -> dict[str, Tensor]:
        """Outputs by name (all of them if none is named) for a batch (n, ...), in as many runs as memory asks for.

        Raises `ModelFailed` with the runtime's own words when the model cannot digest the tensor.
        """
        names = list(outputs or self.outputs)
        pieces: list[list[Tensor]] = []
        at = 0
        while at < len(tensor):
            step = tensor[at : at + self.batch]
            try:
                pieces.append(self._session.run(names, {self.inputs[0]: step}))
            except Exception as error:  # the runtime's own classes come and go with its versions
                if len(step) > 1 and _out_of_memory(error):
                    self.batch = max(1, len(step) // 2)
                    continue
                if self._fell_back(error):
                    continue
                reason = " ".join(str(error).split())[:200]
                raise ModelFailed(f"Model {self.path.stem} failed: {reason}") from error
            at += len(step)
        if len(pieces) == 1:
            return dict(zip(names, pieces[0], strict=True))
        return {name: np.concatenate([piece[k] for piece in pieces]) for k, name in enumerate(names)}

    def _fell_back(self, error: Exception) -> bool:
        """Whether it was the GPU that failed, not the model: then the processor goes on, for as long as the process
        lives."""
        text = str(error).lower()
        if self.spare is None or _out_of_memory(error) or not any(sign in text for sign in _GPU_SIGNS):
            return False
        log.warning("The GPU stopped answering at model %s; it goes on with the processor.", self.path.stem)
        self._session, self.device, self.spare = self.spare(), "cpu", None
        return True


_GPU_SIGNS = ("cuda", "cudnn", "cublas", "device-side")


def _out_of_memory(error: Exception) -> bool:
    text = str(error).lower()
    signs = ("bad_alloc", "out of memory", "failed to allocate")
    return isinstance(error, MemoryError) or any(sign in text for sign in signs)


LANES = 4
"""Models that run side by side at most: each holds the memory of its own run."""


def _cores(settings: Settings) -> int:
    """That this process may use."""
    return settings.threads if settings.workers == 1 else max(1, settings.threads // settings.workers)


def lanes(settings: Settings) -> int:
    """How many models run side by side. Cores are better used by several models than by one: CenterNet with two is
    half as fast again as with one, not twice."""
    return min(LANES, _cores(settings))


_sessions: dict[tuple[Path, str, int], Session] = {}
_lock = threading.Lock()


def open_session(path: Path, settings: Settings, threads: int | None = None) -> Session:
    """The process's one session for a model file; made at the first call. `threads`: other than its share of a lane.

    Raises `BadConfig` when ONNX Runtime is missing, a demanded GPU does not answer, or the file is no model.
    """
    if not available():
        raise BadConfig(MISSING)
    threads = threads or max(1, _cores(settings) // lanes(settings))
    key = (path.resolve(), settings.device, threads)
    with _lock:
        if key not in _sessions:
            _sessions[key] = _open(path, settings.device, threads)
        return _sessions[key]


def close_sessions() -> None:
    """Gives the memory of all models back; later calls load them again."""
    with _lock:
        _sessions.clear()


def _open(path: Path, device: str, threads: int) -> Session:
    import onnxruntime  # 60 MB that a program without analysis never loads

    onnxruntime.set_default_logger_severity(3)
    wish = device == "cuda" or (device == "auto" and cuda_driver())
    if device == "cuda" and not cuda_driver():
        raise BadConfig("device is set to cuda, but no NVIDIA driver answers: install it, or set device to auto.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Photos have many shapes: memory planned and kept per shape only piles up.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    # Spinning threads made a loaded machine up to twice as slow.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = _session(onnxruntime, path, options, wish)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise BadConfig(f"Model file {path.name} cannot be loaded ({reason}); run: pigallery models fetch") from None
    on_gpu = session.get_providers()[0] == "CUDAExecutionProvider"
    if device == "cuda" and not on_gpu:
        raise BadConfig(
            "device is set to cuda, but ONNX Runtime cannot use it: install pigallery[gpu] instead of [cpu]."
        )
    first = session.get_inputs()[0]
    return Session(
        path=path,
        device="cuda" if on_gpu else "cpu",
        spare=(lambda: _session(onnxruntime, path, options, False)) if on_gpu else None,
        inputs=tuple(item.name for item in session.get_inputs()),
        outputs=tuple(item.name for item in session.get_outputs()),
        shape=tuple(first.shape),
        _session=session,
        metadata=dict(session.get_modelmeta().custom_metadata_map),
    )


def _session(onnxruntime: Any, path: Path, options: Any, cuda: bool) -> Any:
    if cuda and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        if hasattr(onnxruntime, "preload_dlls"):
            onnxruntime.preload_dlls()  # finds the CUDA libraries that pip installed
        # Searching for the fastest kernel at every new shape costs more than it brings with changing batch sizes.
        gpu = {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}
        providers = [("CUDAExecutionProvider", gpu), "CPUExecutionProvider"]
        return onnxruntime.InferenceSession(str(path), options, providers=providers)
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
