"""From a source to folds of faces: list, decode, judge, report, write."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from ageline.errors import AgelineError
from ageline.faces.decoding import Scratch, decode_photos
from ageline.faces.layouts import Listed, find_layout
from ageline.faces.outcome import Outcome, settle, tabulate, with_decoded
from ageline.faces.report import check, count, write_report
from ageline.faces.sources import Source, open_source
from ageline.params import Ingest
from ageline.store import write_faceset, written_whole
from ageline.store.manifest import SPLITS

MANIFEST_COLUMNS = [
    *("face_id", "source", "age", "gender", "ethnicity", "subject", "split_group", "split", "width", "height", "flags")
]


def ingest(
    source: str | Path, layout: str, params: Ingest, folds: Mapping[str, Path], report: str | Path, workers: int = -1
) -> dict[str, Any]:
    """Write the folds of a source, and the account of every photo in it.

    Args:
        source: a folder, .zip or .tar of labelled photos.
        layout: a name of `layouts.LAYOUTS`, or `auto`.
        params: the section `ingest` of params.yaml.
        folds: the folder of train, val and test; each is replaced.
        report: the folder of the account, see `report.write_report`; also written when the folds are not.
        workers: processes; -1 is one for each core. The result is the same to the last byte.

    Returns:
        The counts of `report.count`.

    Raises:
        AgelineError: the source is not usable as a whole, see `sources.open_source`, `layouts.find_layout` and
            `report.check`. The folds stay as they were.
    """
    opened = open_source(source)
    listed = _list(opened, layout)
    with _scratch_folder(folds["train"].parent) as folder:
        scratch = Scratch(folder, params.height_width)
        outcome = _judge(opened, listed, params, scratch, workers)
        write_report(report, outcome)
        check(outcome, params.max_rejected, source, report)
        _write_folds(outcome, folds, scratch)
    return count(outcome)


def _list(source: Source, layout: str) -> list[Listed]:
    """Every photo that the layout lists, and everything in the source that can't be read."""
    listed = find_layout(source, layout).list_faces(source)
    known = {photo.source for photo in listed}
    listed += [Listed(name, problem=why) for name, why in source.refused.items() if name not in known]
    if not listed:
        raise AgelineError(f"{source.path} lists no photos, expected at least one with a label.")
    return listed


def _judge(source: Source, listed: list[Listed], params: Ingest, scratch: Scratch, workers: int) -> Outcome:
    photos = tabulate(listed, params.ages)
    usable = photos.source[photos.reason == ""]
    decoded = decode_photos([source.files[name] for name in usable], params.face_crop, scratch, workers)
    other_files = len(source.files.keys() - set(photos.source))
    return settle(with_decoded(photos, decoded), params, other_files)


def _write_folds(outcome: Outcome, folds: Mapping[str, Path], scratch: Scratch) -> None:
    """All three or none: a new train beside an old test fold would hold faces of it."""
    with ExitStack() as all_whole:
        partial = {split: all_whole.enter_context(written_whole(folds[split])) for split in SPLITS}
        for split in SPLITS:
            _write_fold(outcome, split, partial[split], scratch)


def _write_fold(outcome: Outcome, split: str, folder: Path, scratch: Scratch) -> None:
    faces = outcome.accepted[outcome.accepted.split == split]
    pixels = scratch.faces(faces.chunk.astype(int).to_list(), faces.row.astype(int).to_list())
    write_faceset(folder, faces[MANIFEST_COLUMNS], pixels, scratch.height_width)


@contextmanager
def _scratch_folder(beside: Path) -> Iterator[Path]:
    """An empty folder that is removed in the end; its name is fixed, so what a killed run left goes too."""
    folder = beside / ".ingest.scratch"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    except OSError as error:
        error.filename = error.filename or str(folder)  # of a full disk Python names no file
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
