"""From a source to folds of faces: list, decode, judge, report, write."""

import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ageline.errors import AgelineError
from ageline.faces.decoding import Scratch, decode_photos
from ageline.faces.layouts import Listed, find_layout
from ageline.faces.outcome import Outcome, settle, tabulate, with_decoded
from ageline.faces.report import check, count, write_report
from ageline.faces.scheduling import ALL_CORES, Scheduler
from ageline.faces.sources import Source, open_source
from ageline.params import Ingest
from ageline.store import locked, remove_partials, write_faceset, written_together
from ageline.store.manifest import SPLITS

MANIFEST_COLUMNS = [
    *("face_id", "source", "age", "gender", "ethnicity", "subject", "split_group", "split", "width", "height", "flags")
]


def ingest(
    source: str | Path,
    layout: str,
    params: Ingest,
    folds: Mapping[str, Path],
    report: str | Path,
    scheduler: Scheduler = ALL_CORES,
) -> dict[str, Any]:
    """Write the folds of a source, and the account of every photo in it.

    Args:
        source: a folder, .zip or .tar of labelled photos.
        layout: a name of `layouts.LAYOUTS`, or `auto`.
        params: the section `ingest` of params.yaml.
        folds: the folder of train, val and test; each is replaced.
        report: the folder of the account, see `report.write_report`; also written when the folds are not.
        scheduler: where the photos are decoded. The result is the same to the last byte.

    Returns:
        The counts of `report.count`.

    Raises:
        AgelineError: the source is not usable as a whole, see `sources.open_source`, `layouts.find_layout` and
            `report.check`; a cluster can't be used, see `scheduling`; or another process is writing these folds. The
            folds stay as they were. Whoever is killed leaves the old ones, or some missing and the report too.
    """
    opened = open_source(source)
    listed = _list(opened, layout)
    with _alone(folds, report), _scratch_folder(folds["train"].parent) as folder:
        scratch = Scratch(folder, params.height_width)
        outcome = _judge(opened, listed, params, scratch, scheduler)
        try:
            check(outcome, params.max_rejected, source, report)
        except AgelineError:
            write_report(report, outcome)
            raise
        _write(outcome, folds, report, scratch)
    return count(outcome)


def _list(source: Source, layout: str) -> list[Listed]:
    """Every photo that the layout lists, and everything in the source that can't be read."""
    listed = find_layout(source, layout).list_faces(source)
    known = {photo.source for photo in listed}
    listed += [Listed(name, problem=why) for name, why in source.refused.items() if name not in known]
    if not listed:
        raise AgelineError(f"{source.path} lists no photos, expected at least one with a label.")
    return listed


def _judge(source: Source, listed: list[Listed], params: Ingest, scratch: Scratch, scheduler: Scheduler) -> Outcome:
    photos = tabulate(listed, params.ages)
    usable = photos.source[photos.reason == ""]
    decoded = decode_photos([source.files[name] for name in usable], params.face_crop, scratch, scheduler)
    other_files = len(source.files.keys() - set(photos.source))
    return settle(with_decoded(photos, decoded), params, other_files)


def _write(outcome: Outcome, folds: Mapping[str, Path], report: str | Path, scratch: Scratch) -> None:
    """Write the folds and the report: all, or none."""
    with written_together(*(folds[split] for split in SPLITS), report) as (*folders, account):
        for split, folder in zip(SPLITS, folders, strict=True):
            faces = outcome.accepted[outcome.accepted.split == split]
            pixels = scratch.faces(faces.chunk.astype(int).to_list(), faces.row.astype(int).to_list())
            write_faceset(folder, faces[MANIFEST_COLUMNS], pixels, scratch.height_width)
        write_report(account, outcome)


@contextmanager
def _alone(folds: Mapping[str, Path], report: str | Path) -> Iterator[None]:
    """Keep other processes from writing the same folds, and remove what those that were killed left."""
    with locked(folds["train"].parent / ".ingest.lock"):
        remove_partials(*folds.values(), report)
        yield


@contextmanager
def _scratch_folder(beside: Path) -> Iterator[Path]:
    """An empty folder that is removed in the end, and with it what a killed run left.

    Its name is new, so that whoever sees a folder of that name sees this one and not its own.
    """
    place = beside.absolute() / ".ingest.scratch"
    shutil.rmtree(place, ignore_errors=True)
    folder = place / uuid.uuid4().hex
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(place, ignore_errors=True)
