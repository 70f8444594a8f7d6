"""What `ingest` would make of a folder, before anything is run: `ageline data check`.

Its photos are listed, decoded, audited and split by the code and the params of `ingest`, so what is rejected here is
what is rejected there. Nothing is written but thumbnails, 4 KB a photo, to a temporary folder that is removed.
"""

import json
import posixpath
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ageline.errors import AgelineError
from ageline.faces.decoding import Scratch
from ageline.faces.ingest import judge, list_photos
from ageline.faces.layouts import Layout, Listed, find_layout
from ageline.faces.outcome import Outcome
from ageline.faces.refusal import check
from ageline.faces.report import count, find_examples, legible, summarize
from ageline.faces.sources import Source, open_source
from ageline.params import Data, Ingest, Split, Target, load_params
from ageline.store.manifest import SPLITS

PARAMS = "params.yaml"
SPLIT_FILES, DETECTORS = "data/splits", "data/detectors"  # as dvc.yaml names them
SUFFIXES_SHOWN = 5
SHIPPED = Ingest(  # as in the shipped params.yaml
    image_size=48,
    face_crop="whole",
    detector=None,
    max_faces=None,
    ages=(0, 120),
    max_rejected=0.1,
    duplicates="keep",
    conflicts="drop",
    split=Split(protocol="random", fractions=(0.7, 0.15, 0.15), seed=1, file=None),
)


@dataclass(frozen=True)
class Settings:
    """What a folder is looked at with.

    Attributes:
        target: what is to be learned.
        data: names the folder and its layout.
        ingest: the section `ingest` of params.yaml.
        origin: what of this is from where, as a phrase.
        stands: whether `data` is what params.yaml says.
    """

    target: Target
    data: Data
    ingest: Ingest
    origin: str
    stands: bool = False


@dataclass(frozen=True)
class Checked:
    """A folder that was looked at.

    Attributes:
        settings: what with.
        source: its files.
        layout: the one that fits.
        listed: its photos, see `ingest.list_photos`.
        outcome: what would become of them.
        refusal: why `ingest` would write no fold; None if it would.
    """

    settings: Settings
    source: Source
    layout: Layout
    listed: Sequence[Listed]
    outcome: Outcome
    refusal: str | None


def choose_settings(
    folder: str | None, layout: str | None = None, pattern: str | None = None, columns: Sequence[str] | None = None
) -> Settings:
    """The settings for a folder: flags before params.yaml of the current folder, and that before what is shipped.

    Args:
        folder: a folder, .zip or .tar; None is `data.source` of params.yaml.
        layout: a flag. Without any of the three params.yaml describes its own `data.source`, and any other is `auto`.
        pattern: a flag; alone it means the layout `pattern`.
        columns: a flag; alone they mean the layout `table`.

    Raises:
        AgelineError: no folder is named, there or here; params.yaml is not valid; or flags don't go together.
    """
    params = load_params(PARAMS) if Path(PARAMS).exists() else None
    source = params.data.source if folder is None and params else folder
    if not source:
        raise AgelineError(
            "No folder is named, expected `ageline data check FOLDER`. Without FOLDER it is data.source of a"
            f" {PARAMS} in the current folder, {Path.cwd()}."
        )
    target: Target = params.target if params else "age"
    ingest = params.ingest if params else SHIPPED
    origin = f"ingest of {PARAMS}" if params else f"ingest as shipped, for there is no {PARAMS} here"
    described = any(flag is not None for flag in (layout, pattern, columns))
    if params and not described and Path(source).resolve() == Path(params.data.source).resolve():
        return Settings(target, params.data, ingest, f"target ({target}), data and {origin}", stands=True)
    origin = f"target ({target}) and {origin}"
    return Settings(target, _describe(source, layout, pattern, columns), ingest, origin)


def _describe(source: str, layout: str | None, pattern: str | None, columns: Sequence[str] | None) -> Data:
    implied = "pattern" if pattern is not None else "table" if columns is not None else "auto"
    values = {"source": source, "layout": layout or implied, "pattern": pattern, "columns": columns and tuple(columns)}
    try:
        return Data.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        reason = problem.get("ctx", {}).get("error", problem["msg"])
        raise AgelineError(f"--layout, --pattern and --columns don't go together: {reason}.") from None


def check_folder(settings: Settings) -> Checked:
    """List, decode, audit and split the photos of a folder, and write none of them.

    Raises:
        AgelineError: there is no such folder, no layout fits or several do, it lists no photo, the folds that
            `ingest.split` or the detector that `ingest.detector` names are not there, or thumbnails can't be written.
    """
    source = open_source(settings.data.source)
    layout = _find_layout(source, settings.data)
    listed = list_photos(source, layout)
    try:
        with tempfile.TemporaryDirectory(prefix="ageline-") as folder:
            scratch = Scratch(Path(folder), settings.ingest.height_width, keeps_faces=False)
            outcome = judge(source, listed, settings.target, settings.ingest, scratch, SPLIT_FILES, detectors=DETECTORS)
    except OSError as error:
        raise AgelineError(
            f"Thumbnails of {len(listed):,} photos, 4 KB each, can't be written: {error}. Free some space, or name"
            " another folder for temporary files in TMPDIR."
        ) from error
    return Checked(settings, source, layout, listed, outcome, _refusal(outcome, settings))


def _find_layout(source: Source, data: Data) -> Layout:
    try:
        return find_layout(source, data)
    except AgelineError as error:
        raise AgelineError(f"{error}\n`ageline data check` takes these as --layout, --pattern and --columns.") from None


def _refusal(outcome: Outcome, settings: Settings) -> str | None:
    try:
        check(outcome, settings.ingest, settings.data.source, None)
    except AgelineError as error:
        return str(error)
    return None


def describe_check(checked: Checked) -> str:
    """What was seen, what would be rejected and why, and how to run on it: plain lines."""
    names = [*checked.source.files, *checked.source.refused]
    return "\n".join(
        [
            f"{legible(checked.settings.data.source)}: {_kind(checked.source)} of {len(names):,} files:"
            f" {_by_suffix(names)}",
            f"layout: {checked.layout.name}, {checked.layout.looks_for}",
            f"labels of {_labels(checked.listed, checked.settings.target)}",
            f"params: {checked.settings.origin}",
            "",
            summarize(count(checked.outcome), find_examples(checked.outcome)),
            *([] if checked.refusal else ["", _advice(checked)]),
        ]
    )


def as_json(checked: Checked) -> str:
    """The same for programs: what was seen, the refusal or null, and as `counts` those of `report.count`."""
    seen: dict[str, Any] = {
        "source": checked.settings.data.source,
        "kind": _kind(checked.source),
        "target": checked.settings.target,
        "layout": checked.layout.name,
        "refusal": checked.refusal,
        "counts": count(checked.outcome),
    }
    return json.dumps(seen, indent=2, allow_nan=False)


def _kind(source: Source) -> str:
    return "a folder" if source.path.is_dir() else f"a {source.path.suffix.lower()}"


def _by_suffix(names: Iterable[str]) -> str:
    suffixes = Counter(posixpath.splitext(name)[1].lower() or "without suffix" for name in names)
    shown = suffixes.most_common(SUFFIXES_SHOWN)
    others = suffixes.total() - sum(files for _, files in shown)
    listed = [f"{files:,} {legible(suffix)}" for suffix, files in shown]
    return ", ".join([*listed, f"{others:,} others"] if others else listed)


def _labels(listed: Sequence[Listed], target: Target) -> str:
    labelled = [photo for photo in listed if photo.problem_for(target) is None]
    ages = [photo.age for photo in labelled if photo.age is not None]
    folds = Counter(photo.split for photo in labelled)
    stated = ", ".join(f"{folds[split]:,} {split}" for split in SPLITS if folds[split])
    known = [
        f"{len(ages):,} with age" + (f" ({min(ages):g} to {max(ages):g} years)" if ages else ""),
        *(
            f"{sum(getattr(photo, name) is not None for photo in labelled):,} with {name}"
            for name in ("gender", "ethnicity", "subject")
        ),
        f"{len(labelled) - folds[None]:,} with fold" + (f" ({stated})" if stated else ""),
    ]
    return f"{len(labelled):,} photos: " + ", ".join(known)


def _advice(checked: Checked) -> str:
    if checked.settings.stands:
        return f"`dvc repro` takes it as {PARAMS} stands."
    named = checked.settings.data.model_dump() | {"layout": checked.layout.name}
    lines = [f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in named.items()]
    return "\n".join([f"To run on it, put this into {PARAMS}, then `dvc repro`:", "", "data:", *lines])
