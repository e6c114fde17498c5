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
    "Pictures are not analyzed because ONNX Runtime is not installed: "
    "in PiGallery's folder run .venv/bin/pip install -e '.[cpu]', or '.[gpu]' on a machine with an NVIDIA GPU."
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
    """`cpu`, `cuda` or another of `settings.providers`, verified on the session."""
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
    _exchange: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def on_gpu(self) -> bool:
        """Whether large batches are faster than small ones."""
        return self.device in _GPUS

    def ask(self, feed: dict[str, Tensor]) -> dict[str, Tensor]:
        """All outputs by name for inputs by name, in one run. Integers become what the model takes.

        Raises `ModelFailed` with the runtime's own words.
        """
        kinds = {
            item.name: np.int32 if item.type == "tensor(int32)" else np.int64 for item in self._session.get_inputs()
        }
        cast = {name: values.astype(kinds[name]) for name, values in feed.items()}
        return dict(zip(self.outputs, self._surely(list(self.outputs), cast), strict=True))

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
                pieces.append(self._surely(names, {self.inputs[0]: step}, alone=len(step) == 1))
            except _Full:
                self.batch = min(self.batch, len(step) // 2)
                continue
            at += len(step)
        if len(pieces) == 1:
            return dict(zip(names, pieces[0], strict=True))
        return {name: np.concatenate([piece[k] for piece in pieces]) for k, name in enumerate(names)}

    def _surely(self, names: list[str], feed: dict[str, Tensor], *, alone: bool = True) -> list[Tensor]:
        """One run; again on the processor where it was the GPU that failed. Raises `_Full` when memory runs out, unless
        nothing smaller is left (`alone`), else `ModelFailed`."""
        while True:
            session = self._session
            try:
                return list(session.run(names, feed))
            except Exception as error:  # the runtime's own classes come and go with its versions
                full = _out_of_memory(error)
                if full and not alone:
                    raise _Full from error
                text = str(error).lower()
                if (full or any(sign in text for sign in _GPU_SIGNS)) and self._falls_back(session):
                    continue
                reason = " ".join(str(error).split())[:200]
                raise ModelFailed(f"Model {self.path.stem} failed: {reason}") from error

    def _falls_back(self, failed: Any) -> bool:
        """Whether the processor goes on in place of a GPU that failed, for as long as the process lives; several lanes
        may have met the failure at once."""
        with self._exchange:
            if self._session is not failed:
                return True
            if self.spare is None:
                return False
            log.warning("The GPU stopped answering at model %s; it goes on with the processor.", self.path.stem)
            self._session, self.device, self.spare = self.spare(), "cpu", None
            return True


class _Full(Exception):
    """Memory ran out; less at once may fit."""


_GPUS = frozenset({"cuda", "tensorrt", "rocm", "migraphx", "dml"})
_GPU_SIGNS = ("cuda", "cudnn", "cublas", "device-side", "tensorrt")


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


_sessions: dict[tuple[Path, str, tuple[str, ...], int], Session] = {}
_lock = threading.Lock()


def open_session(path: Path, settings: Settings, threads: int | None = None) -> Session:
    """The process's one session for a model file; made at the first call. `threads`: other than its share of a lane.

    Raises `BadConfig` when ONNX Runtime is missing, a demanded GPU does not answer, or the file is no model.
    """
    if not available():
        raise BadConfig(MISSING)
    threads = threads or max(1, _cores(settings) // lanes(settings))
    key = (path.resolve(), settings.device, settings.providers, threads)
    with _lock:
        if key not in _sessions:
            _sessions[key] = _open(path, settings, threads)
        return _sessions[key]


def close_sessions() -> None:
    """Gives the memory of all models back; later calls load them again."""
    with _lock:
        _sessions.clear()


def _open(path: Path, settings: Settings, threads: int) -> Session:
    import onnxruntime  # 60 MB that a program without analysis never loads

    onnxruntime.set_default_logger_severity(3)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Photos have many shapes: memory planned and kept per shape only piles up.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    # Spinning threads made a loaded machine up to twice as slow.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = _providers(settings, onnxruntime.get_available_providers())

    def session(providers: Sequence[Any]) -> Any:
        return onnxruntime.InferenceSession(str(path), options, providers=[*providers, "CPUExecutionProvider"])

    try:
        opened = _on_gpu(session, wanted, onnxruntime, demanded=settings.device == "cuda" or bool(settings.providers))
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise BadConfig(f"Model file {path.name} cannot be loaded ({reason}); run: pigallery models fetch") from None
    device = opened.get_providers()[0].removesuffix(_SUFFIX).lower()
    if device == "cpu" and settings.device == "cuda":
        raise BadConfig(
            "device is set to cuda, but ONNX Runtime cannot use it: install PiGallery with [gpu] instead of [cpu]."
        )
    first = opened.get_inputs()[0]
    return Session(
        path=path,
        device=device,
        spare=(lambda: session(())) if device != "cpu" else None,
        inputs=tuple(item.name for item in opened.get_inputs()),
        outputs=tuple(item.name for item in opened.get_outputs()),
        shape=tuple(first.shape),
        _session=opened,
        metadata=dict(opened.get_modelmeta().custom_metadata_map),
    )


_SUFFIX = "ExecutionProvider"
# Searching for the fastest kernel at every new shape costs more than it brings with changing batch sizes.
_CUDA = {"cudnn_conv_algo_search": "HEURISTIC", "arena_extend_strategy": "kSameAsRequested"}


def _providers(settings: Settings, there: Sequence[str]) -> list[str | tuple[str, dict[str, str]]]:
    """What is to be tried before the processor. Raises `BadConfig` where it was asked for and cannot be."""
    if settings.providers and settings.device != "cpu":
        known = {name.removesuffix(_SUFFIX).lower(): name for name in there}
        for name in settings.providers:
            if name.lower().removesuffix(_SUFFIX.lower()) not in known:
                raise BadConfig(
                    f"providers names {name}, but this ONNX Runtime has only {', '.join(sorted(known))}: "
                    "install one that has it, or name another."
                )
        chosen = [known[name.lower().removesuffix(_SUFFIX.lower())] for name in settings.providers]
        return [(name, _CUDA) if name.startswith("CUDA") else name for name in chosen if not name.startswith("CPU")]
    if settings.device == "cuda" and not cuda_driver():
        raise BadConfig("device is set to cuda, but no NVIDIA driver answers: install it, or set device to auto.")
    wish = settings.device == "cuda" or (settings.device == "auto" and cuda_driver())
    return [(f"CUDA{_SUFFIX}", _CUDA)] if wish and f"CUDA{_SUFFIX}" in there else []


def _on_gpu(session: Callable[[Sequence[Any]], Any], wanted: Sequence[Any], runtime: Any, *, demanded: bool) -> Any:
    """A session on what is wanted; on the processor where that does not answer and nobody demanded it."""
    if wanted and hasattr(runtime, "preload_dlls"):
        runtime.preload_dlls()  # finds the CUDA libraries that pip installed
    try:
        return session(wanted)
    except Exception as error:
        if not wanted or demanded:
            raise
        log.warning("The GPU does not answer (%s); the processor is used.", " ".join(str(error).split())[:200])
        return session(())
