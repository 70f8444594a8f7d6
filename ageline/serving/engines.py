"""What runs a model.onnx: OpenVINO where it is installed, else ONNX Runtime.

    engine = open_engine(Path("models/model.onnx"), "float32")
    engine.run(faces)["age"]

Any number of threads may run faces through an engine.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ageline.errors import AgelineError

Faces = npt.NDArray[np.uint8]
Answers = dict[str, npt.NDArray[np.float32]]
Precision = Literal["float32", "bfloat16"]
Name = Literal["openvino", "onnxruntime"]

ANEW = "Run `dvc repro export` to write it anew."
INSTALL = "Install it with `pip install 'ageline[serve]'`."
# Photos of 224 pixels a side that go through a model at once: of more, OpenVINO calculates none faster.
FACES, FACE_PIXELS, MOST_FACES = 4, 224 * 224, 32
MOST_STREAMS = 4  # photos calculated side by side; each takes memory of its own
_TYPES = {"u8": "uint8", "f32": "float32", "tensor(uint8)": "uint8", "tensor(float)": "float32"}


class Port(NamedTuple):
    """An input or output: its numbers as NumPy calls them, and its shape, with None for a side of any length."""

    type: str
    shape: tuple[int | None, ...]


class Engine(Protocol):
    """A model, ready to run.

    Attributes:
        name: of what runs it.
        inputs: by name.
        outputs: by name.
    """

    name: Name
    inputs: dict[str, Port]
    outputs: dict[str, Port]

    def run(self, faces: Faces) -> Answers:
        """All outputs by name, `[n, ...]`, for at least one face, `[n, height, width, 3]`."""
        ...


def open_engine(path: Path, precision: Precision = "float32", threads: int | None = None) -> Engine:
    """The model at `path` on OpenVINO, or on ONNX Runtime, which has float32 only, where that is not installed.

    Args:
        path: of a model.onnx.
        precision: in which to calculate.
        threads: to calculate with; by default all cores.

    Raises:
        AgelineError: it is no ONNX model, neither engine is installed, or there should be fewer threads than one.
    """
    if threads is not None and threads < 1:
        raise AgelineError(f"{threads} threads are asked for, expected 1 or more, or none to have all cores.")
    try:
        return OpenVinoEngine(path, precision, threads)
    except ImportError:
        pass
    try:
        return OnnxRuntimeEngine(path, threads)
    except ImportError:
        raise AgelineError(
            f"Neither OpenVINO nor ONNX Runtime is installed, one of which runs {path}. {INSTALL}"
        ) from None


class OpenVinoEngine:
    """OpenVINO on the processor.

    A core has photos of its own, rather than a part of each photo: so none waits for another within a photo, which on
    two cores, and all the more on busy ones, is faster.

    Raises:
        AgelineError: `path` is no ONNX model.
        ImportError: OpenVINO is not installed.
    """

    name: Name = "openvino"

    def __init__(self, path: Path, precision: Precision, threads: int | None = None) -> None:
        openvino = import_openvino()
        streams = min(MOST_STREAMS, threads or _cores())
        # Said for float32 too: where the processor has bfloat16, OpenVINO takes it of its own accord.
        hints = {"INFERENCE_PRECISION_HINT": {"float32": "f32", "bfloat16": "bf16"}[precision]}
        hints |= {"NUM_STREAMS": str(streams), "INFERENCE_NUM_THREADS": str(threads or _cores())}
        try:
            # Not Core.read_model, which would try a file that is no ONNX as every other format it knows.
            onnx = openvino.frontend.FrontEndManager().load_by_framework("onnx")
            model = openvino.Core().compile_model(onnx.convert(onnx.load(str(path))), "CPU", hints)
        except Exception as error:  # of kinds that OpenVINO keeps to itself
            raise _no_model(path, "OpenVINO", error) from error
        self.inputs, self.outputs = _ports(model.inputs), _ports(model.outputs)
        self._requests = [model.create_infer_request() for _ in range(streams)]
        self._lock, self._process = threading.Lock(), os.getpid()

    def run(self, faces: Faces) -> Answers:
        if os.getpid() != self._process:  # where OpenVINO's threads are not, and would be waited for
            raise AgelineError("This process was forked after the model was loaded. Load the model in each process.")
        with self._lock:
            try:
                parts = list(self._side_by_side(_parts(faces, len(self._requests))))
            except Exception as error:  # of kinds that OpenVINO keeps to itself
                raise _failed("OpenVINO", error) from error
        return {name: np.concatenate([part[name] for part in parts]) for name in self.outputs}

    def _side_by_side(self, parts: Iterator[Faces]) -> Iterator[Answers]:
        """The answers in order; as many parts are calculated at a time as there are requests."""
        started: deque[Any] = deque()
        try:
            for part, request in zip(parts, cycle(self._requests), strict=False):
                if len(started) == len(self._requests):
                    yield self._answers(started.popleft())
                request.start_async([part], share_inputs=True)
                started.append(request)
            while started:
                yield self._answers(started.popleft())
        finally:
            for request in started:  # where someone interrupts; one that still runs could not be started again
                request.wait()

    def _answers(self, request: Any) -> Answers:
        request.wait()
        return {name: request.get_tensor(name).data.copy() for name in self.outputs}


class OnnxRuntimeEngine:
    """ONNX Runtime on the processor, in float32.

    Raises:
        AgelineError: `path` is no ONNX model.
        ImportError: ONNX Runtime is not installed.
    """

    name: Name = "onnxruntime"

    def __init__(self, path: Path, threads: int | None = None) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        try:
            self._session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # of kinds that ONNX Runtime keeps to itself
            raise _no_model(path, "ONNX Runtime", error) from error
        self.inputs = {port.name: _of_session(port) for port in self._session.get_inputs()}
        self.outputs = {port.name: _of_session(port) for port in self._session.get_outputs()}

    def run(self, faces: Faces) -> Answers:
        photo = next(iter(self.inputs))
        try:
            parts = [self._session.run(None, {photo: part}) for part in _parts(faces, 1)]
        except Exception as error:  # of kinds that ONNX Runtime keeps to itself
            raise _failed("ONNX Runtime", error) from error
        return {name: np.concatenate(found) for name, *found in zip(self.outputs, *parts, strict=True)}


def has_bfloat16() -> bool:
    """Whether OpenVINO is installed and the processor calculates in bfloat16 by itself.

    Asked to, OpenVINO does so on any processor with AVX-512, some of which only imitate it, slowly. What it takes of
    its own accord tells them apart.
    """
    try:
        openvino = import_openvino()
    except ImportError:
        return False
    return bool(openvino.Core().get_property("CPU", "INFERENCE_PRECISION_HINT") == openvino.Type.bf16)


def import_openvino() -> Any:
    """OpenVINO without its converter of models, whose import reports each start to its makers over the network.

    OpenVINO goes on without it, and starts faster.

    Raises:
        ImportError: it is not installed.
    """
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]  # which no import gets past
    import openvino
    import openvino.frontend

    # OpenVINO 2026.4 looks for NumPy's types when it first meets an array; two threads that each give it one at that
    # moment wait for each other for ever.
    openvino.Type.u8.to_dtype()
    return openvino


def _parts(faces: Faces, streams: int) -> Iterator[Faces]:
    """The faces in parts that go through a model at once, with one for each stream where they are so few."""
    most = min(MOST_FACES, max(1, FACES * FACE_PIXELS // (faces.shape[1] * faces.shape[2])))
    size = min(most, -(-len(faces) // streams))
    for start in range(0, len(faces), size):
        yield np.ascontiguousarray(faces[start : start + size])


def _cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _ports(ports: Any) -> dict[str, Port]:
    """Of OpenVINO, which may have several names for one."""
    described = [
        Port(_TYPES.get(kind := port.element_type.to_string(), kind), tuple(map(_length, port.partial_shape)))
        for port in ports
    ]
    return {name: port for names, port in zip(ports, described, strict=True) for name in sorted(names.get_names())}


def _length(side: Any) -> int | None:
    return int(side.get_length()) if side.is_static else None


def _of_session(port: Any) -> Port:
    sides = tuple(side if isinstance(side, int) else None for side in port.shape)
    return Port(_TYPES.get(port.type, port.type), sides)


def _no_model(path: Path, engine: str, error: Exception) -> AgelineError:
    return AgelineError(f"{path} is not an ONNX model that {engine} can run: {_reason(error)}. {ANEW}")


def _failed(engine: str, error: Exception) -> AgelineError:
    return AgelineError(f"{engine} could not run model.onnx: {_reason(error)}. {ANEW}")


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
