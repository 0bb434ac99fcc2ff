"""onnxruntime sessions, on the first execution provider of the settings that works. For the worker only.

The processor stands behind every other provider. One that is absent from the installed onnxruntime, does not
start, or fails at a trial run is passed over, and why is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import onnxruntime

from fedi.confined.pipe import Begin
from fedi.errors import StyleFailed

CPU = "cpu"
# The names of the settings, and onnxruntime's (onnxruntime.ai/docs/execution-providers).
PROVIDERS: Mapping[str, str] = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    CPU: "CPUExecutionProvider",
}
CONTROL_CHARACTERS = dict.fromkeys(range(32), " ")
_REASON_CHARACTERS = 300

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A session, what it computes with, and a sentence for each provider that was passed over."""

    session: onnxruntime.InferenceSession
    provider: str
    passed_over: tuple[str, ...]


@cache
def prepare() -> None:
    """Make the process ready for sessions; once."""
    # Nothing leaves this machine, and the sandbox has no network: the library need not try.
    onnxruntime.disable_telemetry_events()
    # One arena for all sessions: each keeps what its largest picture needed (four styles on 512 x 512
    # pixels: 514 MB resident with arenas of their own, 193 MB with this).
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg({}))


def open_session(
    model: bytes, begin: Begin, trial: Callable[[onnxruntime.InferenceSession], object]
) -> Opened:
    """Build a session over a checked model. `trial` runs it once, on providers other than the processor.

    Raises StyleFailed for a model that does not load, MemoryError as onnxruntime runs out.
    """
    available, passed_over = onnxruntime.get_available_providers(), []
    for name in dict.fromkeys(begin.providers):
        if name == CPU:
            break
        try:
            session = _try(model, begin, name, available)
            guarded(lambda session=session: trial(session))  # type: ignore[misc]
        except (StyleFailed, MemoryError) as error:
            passed_over.append(f"{name}: {str(error) or 'out of memory'}")
            continue
        return Opened(session=session, provider=name, passed_over=tuple(passed_over))
    return Opened(session=on_processor(model, begin), provider=CPU, passed_over=tuple(passed_over))


def on_processor(model: bytes, begin: Begin) -> onnxruntime.InferenceSession:
    """Build a session on the processor. Raises as `open_session`."""
    return _session(model, begin, [PROVIDERS[CPU]])


def guarded(call: Callable[[], T]) -> T:
    """Word what onnxruntime raises: MemoryError when it could not allocate, else StyleFailed."""
    try:
        return call()
    # Its errors have no base class of their own: they derive from Exception and RuntimeError.
    except Exception as error:
        text = str(error).translate(CONTROL_CHARACTERS)
        if any(sign in text for sign in ("bad_alloc", "Failed to allocate", "bad allocation")):
            raise MemoryError from error
        raise StyleFailed(f"The model does not run: {text[:_REASON_CHARACTERS]}") from error


def _try(model: bytes, begin: Begin, name: str, available: list[str]) -> onnxruntime.InferenceSession:
    provider = PROVIDERS.get(name, "")
    if provider not in available:
        raise StyleFailed("not in the installed onnxruntime")
    session = _session(model, begin, [provider, PROVIDERS[CPU]])
    # Without its driver a provider leaves the session to the processor, and says so to standard error only.
    if session.get_providers()[0] != provider:
        raise StyleFailed("did not start")
    return session


def _session(model: bytes, begin: Begin, providers: list[str]) -> onnxruntime.InferenceSession:
    prepare()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = begin.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # A plan for each shape would be kept beside the arena: twice the memory, no faster (cel on 512 x 512
    # pixels: 185 MB against 88 MB).
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.log_severity_level = 4
    # Threads that wait for work must not keep a core from the server.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return guarded(lambda: onnxruntime.InferenceSession(model, options, providers=providers))
