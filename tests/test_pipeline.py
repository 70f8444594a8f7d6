"""The non-code: dvc.yaml, params.yaml, .gitignore and the locks say what the code does."""

import ast
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from ageline.overrides import flatten
from ageline.params import Params

ROOT = Path(__file__).parent.parent
PIPELINE = yaml.safe_load((ROOT / "dvc.yaml").read_text())
STAGES = PIPELINE["stages"]

ENGINES = {"keras", "tensorflow", "jax"}
# These decide nothing about a result: DVC itself tracks the values that params.py reads, and errors.py only speaks.
EXEMPT = {"ageline/__init__.py", "ageline/params.py", "ageline/yaml12.py", "ageline/errors.py", "stages/__init__.py"}


# What a killed training goes on from. As an out DVC would clear it before each run.
SCRATCH = ".scratch/train"
# A section that is read and changes no result.
UNTRACKED = {"resume"}


def module_file(name: str) -> Path | None:
    path = ROOT / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def imported_names(file: Path) -> Iterator[str]:
    """Every module that a file imports, with the packages around it, wherever in the file it does so."""
    for node in ast.walk(ast.parse(file.read_text())):
        yield from names_in(node, file)


def names_in(node: ast.AST, file: Path) -> Iterator[str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{file}: imports here name their package"
        names = [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return
    for name in names:
        parts = name.split(".")
        yield from (".".join(parts[: count + 1]) for count in range(len(parts)))


def names_imported_at_once(file: Path) -> Iterator[str]:
    """Those of them that importing the file imports, and not a function that is called later."""
    code = ast.parse(file.read_text())
    later = {
        id(node) for function in ast.walk(code) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    }
    yield from (name for node in ast.walk(code) if id(node) not in later for name in names_in(node, file))


def import_closure(file: Path, names_of: Callable[[Path], Iterator[str]] = imported_names) -> set[str]:
    """The project's files that importing `file` runs, itself included; with `imported_names`, also what it may run."""
    found, waiting = set(), [file]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        names = set(names_of(current))
        unseen = {"importlib", "benchmarks", "tests"} & names
        if {"importlib.metadata", "importlib.resources"} & names:  # which run nothing
            unseen.discard("importlib")
        assert not unseen, f"{current}: {unseen} would hide from dvc.yaml what a stage runs"
        assert "__import__" not in current.read_text()
        own = (name for name in names if name.split(".")[0] in {"ageline", "stages"})
        waiting += filter(None, map(module_file, own))
    return {str(path.relative_to(ROOT)) for path in found}


def paths(entries: list) -> list[str]:
    return [next(iter(entry)) if isinstance(entry, dict) else entry for entry in entries]


def outs(stage: dict) -> list[str]:
    return [path for kind in ("outs", "metrics", "plots") for path in paths(stage.get(kind, []))]


def covered(path: str, by: list[str]) -> bool:
    return any(path == other or path.startswith(other + "/") for other in by)


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_all_the_code_that_it_imports(name):
    missing = {
        file
        for file in import_closure(ROOT / "stages" / f"{name}.py") - EXEMPT
        if not covered(file, STAGES[name]["deps"])
    }
    assert not missing


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_no_code_that_it_does_not_import(name):
    closure = import_closure(ROOT / "stages" / f"{name}.py")
    code = [dep for dep in STAGES[name]["deps"] if dep.startswith(("ageline", "stages"))]
    assert [dep for dep in code if not any(covered(file, [dep]) for file in closure)] == []


@pytest.mark.parametrize("name", STAGES)
def test_every_path_that_a_stage_reads_or_writes_is_a_flag_of_its_command(name):
    stage = STAGES[name]
    words = stage["cmd"].replace('"', "").split()
    assert words[:3] == ["python", "-m", f"stages.{name}"]
    data = [dep for dep in stage["deps"] if not dep.startswith(("ageline/", "stages/", "requirements/"))]
    assert sorted([*data, *outs(stage)]) == sorted(set(words[4::2]) - {SCRATCH})
    assert all(word.startswith("--") for word in words[3::2])


# Sections that a stage hands on whole, though only the keys in dvc.yaml reach what it writes.
HANDED_ON = {
    ("backbone", "model"): {"model.backbone", "model.weights", "model.weights_file"},
}


def params_read(file: Path) -> set[str]:
    """The keys that a module takes from `params`, such as `train.seed`."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    within = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    chains = [ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute) and id(node) not in within]
    starts = ("params.", "load_params().")
    return {chain.split(".", 1)[1] for chain in chains if chain.startswith(starts)}


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_tracks_every_param_that_it_reads(name):
    tracked = STAGES[name]["params"]
    read = params_read(ROOT / "stages" / f"{name}.py") - {"model_dump"}
    assert read
    for key in read:
        whole = covered(key.replace(".", "/"), [param.replace(".", "/") for param in tracked])
        assert whole or HANDED_ON[name, key] <= set(tracked), key


def test_train_tracks_every_param_that_the_model_and_its_training_read():
    # They are given all of params.yaml: what a head needs of it is for the head to know.
    tracked = [param.replace(".", "/") for param in STAGES["train"]["params"]]
    files = [file for package in ("model", "training") for file in (ROOT / "ageline" / package).rglob("*.py")]
    read = {key for file in files for key in params_read(file)} - {"Model", "Params", "model_dump"} - UNTRACKED
    assert {"target", "ingest.ages", "train.seed"} <= read
    assert [key for key in read if not covered(key.replace(".", "/"), tracked)] == []


def test_stages_whose_result_depends_on_library_versions_say_so():
    pins = "requirements/numbers.txt"
    assert [name for name, stage in STAGES.items() if pins not in stage["deps"]] == ["eda"]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_is_described(name):
    assert STAGES[name]["desc"].endswith(".")


def test_every_section_of_params_is_tracked_by_a_stage_or_is_the_gates_or_changes_no_result():
    tracked = {param.split(".")[0] for stage in STAGES.values() for param in stage["params"]}
    assert tracked | {"gate"} | UNTRACKED == set(Params.model_fields)


def test_every_param_that_a_stage_tracks_exists():
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    for stage in STAGES.values():
        for param in stage["params"]:
            place = params
            for key in param.split("."):
                assert key in place, param
                place = place[key]


def test_every_param_that_dvc_yaml_names_exists():
    params = flatten(yaml.safe_load((ROOT / "params.yaml").read_text()))
    named = set(re.findall(r"\$\{([^}]+)\}", (ROOT / "dvc.yaml").read_text()))
    assert named == {"data.source", "target", "gate.metric"}
    assert named <= set(params)


def test_what_a_run_took_is_seen_by_dvc_and_nothing_depends_on_it():
    assert paths(STAGES["train"]["metrics"]) == ["metrics/train/cost.json"]
    read = [dep for stage in STAGES.values() for dep in stage["deps"]]
    assert not [dep for dep in read if covered("metrics/train/cost.json", [dep])]
    assert paths(STAGES["evaluate"]["metrics"]) == ["metrics/metrics.json"]


def test_what_evaluate_reads_is_pushed_but_for_the_training_faces():
    # Else a clone would have to ingest and train before it can score the model, which it does without training faces.
    written = [out for stage in STAGES.values() for out in stage["outs"]]
    kept_here = {path for out in written if isinstance(out, dict) for path, how in out.items() if not how["push"]}
    read = [dep for dep in STAGES["evaluate"]["deps"] if dep.startswith(("data/", "models/", "metrics/"))]
    assert len(read) == 6
    assert kept_here & set(read) == {"data/faces/train"}


def test_every_plot_is_of_something_that_a_stage_writes():
    written = [path for stage in STAGES.values() for path in outs(stage)]
    for plot in PIPELINE["plots"]:
        sources = [plot] if isinstance(plot, str) else [source for spec in plot.values() for source in spec["y"]]
        assert [source for source in sources if not covered(source, written)] == []


def test_the_artifacts_are_something_that_a_stage_writes():
    assert PIPELINE["artifacts"]["face-age"]["path"] in outs(STAGES["train"])
    assert PIPELINE["artifacts"]["face-age-onnx"]["path"] in outs(STAGES["export"])


def test_what_a_model_is_exported_with_is_a_dependency_of_that_stage_alone():
    pins = "requirements/engines.txt"
    assert [name for name, stage in STAGES.items() if pins in stage["deps"]] == ["export"]


def test_what_is_in_git_is_not_cached_and_keeps_the_run_cache():
    # An out with `cache: false` under `outs:` switches the run cache off; under `metrics:` and `plots:` it does not.
    evaluate = STAGES["evaluate"]
    assert evaluate["metrics"][0]["metrics/metrics.json"]["cache"] is False
    assert evaluate["plots"][0]["metrics/predictions.csv"]["cache"] is False
    assert STAGES["export"]["metrics"] == [{"metrics/export.json": {"cache": False}}]
    assert not [
        out for stage in STAGES.values() for out in stage["outs"] if isinstance(out, dict) and "cache" in str(out)
    ]


def test_git_ignores_every_cached_out_before_dvc_does():
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line.startswith("/")]
    cached = [path for stage in STAGES.values() for path in paths(stage["outs"])]
    assert [path for path in cached if not covered(path, ignored)] == []


def test_git_ignores_what_a_killed_stage_leaves_and_takes_what_dvc_add_writes():
    def ignored(path: str) -> bool:
        return subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT, check=False).returncode == 0

    assert ignored("data/.partial-0a1b2c3d-augmented/pack-00000.npy")
    assert ignored("data/raw/faces/1.jpg")
    assert not ignored("data/raw/faces.dvc")
    assert ignored("data/detectors/yunet.onnx")
    assert not ignored("data/detectors/yunet.onnx.dvc")
    assert ignored("data/weights/notop.h5")
    assert not ignored("data/weights/notop.h5.dvc")


def test_packages_import_only_what_stands_above_them():
    order = ["store", "figures", "sample", "faces", "explore", "oversample", "model", "training", "scoring"]
    order += ["serving", "export"]
    for number, package in enumerate(order):
        for file in (ROOT / "ageline" / package).rglob("*.py"):
            used = {name.split(".")[1] for name in imported_names(file) if name.startswith("ageline.")}
            assert not used & set(order[number + 1 :]), file
            assert not {"stages", "dvc"} & {name.split(".")[0] for name in imported_names(file)}, file


def test_keras_is_imported_where_a_model_is_and_nowhere_else():
    for file in (ROOT / "ageline").rglob("*.py"):
        uses = ENGINES & {name.split(".")[0] for name in imported_names(file)}
        assert not uses or file.relative_to(ROOT).parts[1] in {"model", "training", "export"}, file


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_chooses_the_backend_before_anything_loads_keras(name):
    # Keras reads its backend once, when it is imported.
    loaded = import_closure(ROOT / "stages" / f"{name}.py", names_of=names_imported_at_once)
    assert not [
        file for file in loaded if ENGINES & {part.split(".")[0] for part in names_imported_at_once(ROOT / file)}
    ]
    text = (ROOT / "stages" / f"{name}.py").read_text()
    later = {"ageline/training", "ageline/model"} & set(STAGES[name]["deps"])
    # Whatever engine trained the model, TensorFlow is what converts it.
    chosen = '"tensorflow"' if name == "export" else "params.train.backend"
    assert (f"use_backend({chosen})" in text) == bool(later)
    assert text.count("use_backend(") <= 1


@pytest.mark.parametrize("lock", ["cpu.lock", "cuda.lock"])
def test_a_lock_has_a_hash_for_every_package_and_names_no_index(lock):
    text = (ROOT / "requirements" / lock).read_text()
    packages = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, flags=re.M | re.S)
    assert len(packages) > 100
    assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert "://" not in text
    assert "index" not in text.replace("index-", "")


@pytest.mark.parametrize("lock", ["cpu.lock", "cuda.lock"])
def test_a_lock_has_the_versions_that_stages_depend_on(lock):
    text = (ROOT / "requirements" / lock).read_text()
    pins = [line for line in (ROOT / "requirements" / "numbers.txt").read_text().splitlines() if "==" in line]
    assert len(pins) == 10
    assert [pin for pin in pins if pin not in text and not pin.startswith("tensorflow")] == []
    assert "==2.21.0" in next(line for line in text.splitlines() if line.startswith("tensorflow"))


def test_files_have_one_kind_of_line_ending_and_dvc_lock_is_never_merged_as_text():
    attributes = (ROOT / ".gitattributes").read_text().splitlines()
    assert "* text=auto eol=lf" in attributes
    assert "dvc.lock -merge" in attributes
    assert {"__pycache__/", "*.pyc"} <= set((ROOT / ".dvcignore").read_text().splitlines())
