"""Both engines give the same answers, in float32 unless asked otherwise, and tell nobody that they do."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import helper, numpy_helper
from tiny_onnx import age_model, gender_model, gray_faces, write_model

from ageline.errors import AgelineError
from ageline.serving.engines import OnnxRuntimeEngine, OpenVinoEngine, Port, _parts, has_bfloat16, open_engine

ENGINES = {"openvino": lambda path: OpenVinoEngine(path, "float32"), "onnxruntime": OnnxRuntimeEngine}
each_engine = pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)


def model_file(folder, model=None):
    return write_model(folder, model) / "model.onnx"


@each_engine
def test_an_engine_answers_for_each_face(tmp_path, engine):
    running = engine(model_file(tmp_path, age_model(std=True)))
    answers = running.run(gray_faces(60, 0, 255))
    assert answers["age"].dtype == np.float32
    assert answers["age"].tolist() == [[30.0], [0.0], [127.5]]
    assert answers["std"][:, 0] == pytest.approx([3.0, 0.0, 12.75])
    assert running.run(gray_faces(80))["age"].tolist() == [[40.0]]
    assert answers["age"].tolist() == [[30.0], [0.0], [127.5]], "later faces leave earlier answers alone"


@each_engine
def test_many_faces_are_answered_in_their_order(tmp_path, engine):
    running = engine(model_file(tmp_path, age_model(size=128)))
    faces = gray_faces(*range(50), size=128)
    for count in (1, 2, 3, 50):
        assert running.run(faces[:count])["age"].tolist() == [[value / 2] for value in range(count)]


def test_large_faces_go_through_a_model_a_few_at_once():
    def sizes(count, side, streams):
        return [len(part) for part in _parts(np.zeros((count, side, side, 3), np.uint8), streams)]

    assert sizes(10, 224, 2) == [4, 4, 2]
    assert sizes(3, 224, 2) == [2, 1]
    assert sizes(3, 1024, 1) == [1, 1, 1]
    assert sizes(80, 48, 2) == [32, 32, 16]
    assert sizes(80, 48, 4) == [20, 20, 20, 20]


@each_engine
def test_an_engine_tells_what_goes_in_and_comes_out(tmp_path, engine):
    running = engine(model_file(tmp_path, gender_model(size=16)))
    assert running.inputs == {"photo": Port("uint8", (None, 16, 16, 3))}
    assert running.outputs == {"gender": Port("float32", (None, 2))}


@each_engine
@pytest.mark.parametrize("content", [b"not a model", b"{}", b"\x80\x04K\x01."])
def test_what_is_no_model_is_said_to_be_none(tmp_path, engine, content):
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(AgelineError, match=r"model.onnx is not an ONNX model that (OpenVINO|ONNX Runtime) can run: "):
        engine(path)


@each_engine
def test_half_a_model_is_none(tmp_path, engine):
    path = model_file(tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(AgelineError, match=r"Run `dvc repro export` to write it anew\."):
        engine(path)


def test_float32_is_not_what_openvino_takes_of_its_own_accord(tmp_path):
    # 201 * 0.3337 is 67.0737; with 0.3337 as the nearest bfloat16, 0.333984375, it is 67.13.
    path = model_file(tmp_path, age_model(years=0.3337))
    assert OpenVinoEngine(path, "float32").run(gray_faces(201))["age"][0, 0] == pytest.approx(67.0737, abs=1e-4)
    if has_bfloat16():
        assert OpenVinoEngine(path, "bfloat16").run(gray_faces(201))["age"][0, 0] == pytest.approx(67.13, abs=1e-2)


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="the system does not list what the processor has")
def test_bfloat16_is_there_where_the_system_says_so():
    assert has_bfloat16() == ("avx512_bf16" in Path("/proc/cpuinfo").read_text().split())


def test_openvino_comes_first_then_onnx_runtime_then_a_remedy(tmp_path, monkeypatch):
    path = model_file(tmp_path)
    assert open_engine(path).name == "openvino"
    monkeypatch.setitem(sys.modules, "openvino", None)  # as if it were not installed
    assert not has_bfloat16()
    assert open_engine(path, threads=1).name == "onnxruntime"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(AgelineError, match=r"Neither OpenVINO nor ONNX Runtime is installed.*'ageline\[serve\]'"):
        open_engine(path)


def test_there_is_at_least_one_thread(tmp_path):
    with pytest.raises(AgelineError, match="0 threads are asked for, expected 1 or more"):
        open_engine(model_file(tmp_path), threads=0)


NO_NETWORK = """
import sys
found = []
watched = ("socket.", "subprocess.", "os.fork", "os.posix_spawn", "urllib.")
sys.addaudithook(lambda event, _: found.append(event) if event.startswith(watched) else None)

from pathlib import Path
import numpy as np
from ageline.serving.engines import has_bfloat16, open_engine

has_bfloat16()
engine = open_engine(Path(sys.argv[1]))
engine.run(np.zeros((1, 8, 8, 3), np.uint8))
assert engine.name == "openvino"
assert "openvino_telemetry" not in sys.modules
assert not found, found
"""


def test_openvino_calls_nobody(tmp_path):
    """Its makers' count of starts is left out: it would be sent from here, where CI is not said to run."""
    subprocess.run([sys.executable, "-c", NO_NETWORK, model_file(tmp_path)], check=True, env={"HOME": str(tmp_path)})
    assert not (tmp_path / "intel").exists()


FIRST_ARRAYS = """
import sys, threading
from pathlib import Path
import numpy as np
from ageline.serving.engines import OpenVinoEngine

engines = [OpenVinoEngine(Path(sys.argv[1]), "float32") for _ in range(8)]
threads = [threading.Thread(target=engine.run, args=[np.zeros((4, 8, 8, 3), np.uint8)]) for engine in engines]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_give_openvino_their_first_arrays_at_once(tmp_path):
    subprocess.run([sys.executable, "-c", FIRST_ARRAYS, model_file(tmp_path)], check=True, timeout=60)


@pytest.mark.parametrize("kind", ["OpenVINO", "ONNX Runtime"])
def test_a_model_that_fails_while_it_runs_is_no_traceback(tmp_path, kind):
    model = age_model()
    model.graph.node[-1].output[0] = "any_number"
    model.graph.node.append(helper.make_node("Reshape", ["any_number", "seven"], ["age"]))
    model.graph.initializer.append(numpy_helper.from_array(np.array([7, 1], np.int64), "seven"))
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    engine = OpenVinoEngine(path, "float32") if kind == "OpenVINO" else OnnxRuntimeEngine(path)
    with pytest.raises(AgelineError, match=rf"{kind} could not run model.onnx: .*`dvc repro export`"):
        engine.run(np.zeros((2, 8, 8, 3), np.uint8))
