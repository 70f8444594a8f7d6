"""From a source to folds of faces: list, decode, judge, report, write."""

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ageline.errors import AgelineError
from ageline.faces.audit.sheets import Pixels, draw_duplicates, draw_flaws
from ageline.faces.decoding import Scratch, decode_photos
from ageline.faces.detection import load_detector
from ageline.faces.layouts import Layout, Listed, find_layout
from ageline.faces.outcome import Outcome, settle, tabulate, with_decoded
from ageline.faces.refusal import check
from ageline.faces.report import count, write_report
from ageline.faces.scheduling import ALL_CORES, Scheduler
from ageline.faces.sources import Source, open_source
from ageline.figures import credit
from ageline.params import Data, Ingest, Target
from ageline.store.faceset import write_faceset
from ageline.store.files import locked, remove_partials, written_together
from ageline.store.manifest import SPLITS

MANIFEST_COLUMNS = [
    *("face_id", "source", "age", "gender", "ethnicity", "subject", "split_group", "split", "width", "height", "flags")
]


@dataclass(frozen=True)
class Outs:
    """Where an ingest writes.

    Attributes:
        folds: the folders of train, val and test; each is replaced.
        report: the folder of the account, see `report.write_report`; also written when the folds are not.
        figures: the folder of the audit's sheets.
    """

    folds: Mapping[str, Path]
    report: Path
    figures: Path


def ingest(
    source: str | Path,
    data: Data,
    params: Ingest,
    outs: Outs,
    splits: str | Path = "data/splits",
    scheduler: Scheduler = ALL_CORES,
    target: Target = "age",
    detectors: str | Path = "data/detectors",
) -> dict[str, Any]:
    """Write the folds of a source, and the account of every photo in it.

    Args:
        source: a folder, .zip or .tar of labelled photos.
        data: the section `data` of params.yaml, which says how the source is laid out.
        params: the section `ingest` of params.yaml.
        outs: where to write.
        splits: the folder of split files, for the protocol `file`.
        scheduler: where the photos are decoded. The result is the same to the last byte.
        target: what every photo has to be labelled with.
        detectors: the folder of face detectors, for `ingest.detector`.

    Returns:
        The counts of `report.count`.

    Raises:
        AgelineError: the source is not usable as a whole, see `sources.open_source`, `layouts.find_layout`,
            `splits.split_faces` and `refusal.check`; the detector can't be loaded, see `detection.load_detector`; a
            cluster can't be used, see `scheduling`; or another process is writing these folds. The folds stay as they
            were. Whoever is killed leaves the old ones, or some missing and the report too.
    """
    opened = open_source(source)
    listed = list_photos(opened, find_layout(opened, data))
    with _alone(outs), _scratch_folder(outs.folds["train"].parent) as folder:
        scratch = Scratch(folder, params.height_width)
        outcome = judge(opened, listed, target, params, scratch, splits, scheduler, detectors)
        note = credit(str(source))
        try:
            check(outcome, params, source, outs.report)
        except AgelineError:
            with written_together(outs.figures, outs.report) as (figures, report):
                _write_account(outcome, figures, report, scratch, note)
            raise
        _write(outcome, outs, scratch, note)
    return count(outcome)


def list_photos(source: Source, layout: Layout) -> list[Listed]:
    """Every photo that the layout lists, and everything in the source that can't be read."""
    listed = layout.list_faces(source)
    known = {photo.source for photo in listed}
    listed += [Listed(name, problem=why) for name, why in source.refused.items() if name not in known]
    if not listed:
        raise AgelineError(f"{source.path} lists no photos, expected at least one with a label.")
    return listed


def judge(
    source: Source,
    listed: list[Listed],
    target: Target,
    params: Ingest,
    scratch: Scratch,
    splits: str | Path,
    scheduler: Scheduler = ALL_CORES,
    detectors: str | Path = "data/detectors",
) -> Outcome:
    """What becomes of each listed photo; nothing is written but `scratch`."""
    photos = tabulate(listed, target, params)
    usable = photos.source[photos.reason == ""]
    files, detector = [source.files[name] for name in usable], _detector_file(params, detectors)
    decoded = decode_photos(files, params.face_crop, scratch, scheduler, detector)
    other_files = len(source.files.keys() - set(photos.source))
    thumbnails = scratch.thumbnails(len(usable))
    return settle(target, with_decoded(photos, decoded), thumbnails, params, splits, other_files)


def _detector_file(params: Ingest, detectors: str | Path) -> Path | None:
    """The file of the detector, if one is named; what is not usable is said here, before anything is decoded."""
    file = None if params.detector is None else Path(detectors, params.detector).absolute()
    if params.face_crop == "detect":
        load_detector(file)
    return file


def _write(outcome: Outcome, outs: Outs, scratch: Scratch, note: str) -> None:
    """Write the folds and their account: all, or none."""
    folds = [outs.folds[split] for split in SPLITS]
    with written_together(*folds, outs.figures, outs.report) as (*folders, figures, report):
        for split, folder in zip(SPLITS, folders, strict=True):
            faces = outcome.accepted[outcome.accepted.split == split]
            pixels = scratch.faces(faces.chunk.astype(int).to_list(), faces.row.astype(int).to_list())
            write_faceset(folder, faces[MANIFEST_COLUMNS], pixels, scratch.height_width)
        _write_account(outcome, figures, report, scratch, note)


def _write_account(outcome: Outcome, figures: Path, report: Path, scratch: Scratch, note: str) -> None:
    def read(places: Sequence[int]) -> Pixels:
        chosen = outcome.photos.loc[list(places)]
        return np.stack(list(scratch.faces(chosen.chunk.astype(int).to_list(), chosen.row.astype(int).to_list())))

    figures.mkdir()
    draw_duplicates(figures / "duplicates.png", outcome.duplicates, outcome.target, read, note)
    draw_flaws(figures / "flaws.png", outcome.flaws, read, note)
    write_report(report, outcome)


@contextmanager
def _alone(outs: Outs) -> Iterator[None]:
    """Keep other processes from writing the same folds, and remove what those that were killed left."""
    with locked(outs.folds["train"].parent / ".ingest.lock"):
        remove_partials(*outs.folds.values(), outs.report, outs.figures)
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
    except OSError as error:
        error.filename = error.filename or str(beside)  # of a full disk Python names no file
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)
