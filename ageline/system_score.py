"""Any system's predictions measured as the pipeline's own are: `ageline score`.

The same code measures, tabulates, draws and reports as in stage `evaluate`. Photos are not at hand here, so there is no
sheet of faces and no list of doubted labels.
"""

import os
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from ageline.errors import AgelineError
from ageline.params import Evaluate
from ageline.scoring.ages import score_ages
from ageline.scoring.predictions import Fold
from ageline.scoring.provenance import short_hash
from ageline.scoring.report import Card, write_report
from ageline.scoring.scores import Scores
from ageline.scoring.systems import read_system
from ageline.scoring.systems.folds import Chosen, choose_folds
from ageline.scoring.systems.settings import Settings
from ageline.scoring.writing import write_scores
from ageline.store.files import written_whole

METRICS, PREDICTIONS, TABLES, FIGURES, REPORT = "metrics.json", "predictions.csv", "tables", "figures", "index.html"
PACKAGES = ("ageline", "numpy", "scipy", "pandas", "matplotlib")
RESULTS = {METRICS, PREDICTIONS, TABLES, FIGURES, REPORT}


def score_system(
    predictions: Path,
    out: Path,
    columns: Mapping[str, str],
    settings: Settings,
    *,
    test: str | None = None,
    calibrate: str | None = None,
) -> Scores:
    """Measure the predictions in a file, and write metrics.json, predictions.csv, tables, figures and the report.

    Args:
        predictions: a CSV or parquet file.
        out: the folder to write, which is replaced where an earlier score wrote it.
        columns: names of the file's columns, see `read_system`.
        settings: of `choose_settings`.
        test: the split to score, see `choose_folds`.
        calibrate: the split to calibrate on.

    Returns:
        The scores, with notes on what of the file was not used.

    Raises:
        AgelineError: `out` holds something else, the file is not as expected, or a file can't be written; `out` stays.
    """
    folder = check_out(out, predictions)
    chosen = choose_folds(read_system(predictions, columns), test, calibrate, predictions)
    system = printable(predictions.name)
    source = system if chosen.name == "all" else f"{system}, split {printable(chosen.name)}"
    scores = _measure(chosen, settings.evaluate, source)
    used = {"evaluate": settings.evaluate.model_dump(mode="json")}
    card = Card("age", source, system=system, made_by=_made_by(predictions, system), settings=used)
    try:
        _write(scores, card, folder)
    except OSError as error:
        raise _not_written(out, error) from None
    return scores


def printable(name: str) -> str:
    """A name of a file with a mark for each character that can't be shown: one that is no text, or a line's end."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name)


def check_out(out: Path, predictions: Path) -> Path:
    """The folder to write: `out`, or where the link leads that it is.

    Raises:
        AgelineError: it can't be written, or holds anything but what an earlier score wrote, or the file to be scored.
    """
    try:
        # Unlike Path.resolve, this takes a circle of links for what it is.
        folder = Path(os.path.realpath(out)) if out.is_symlink() else out
        _check_replaceable(out, folder, predictions)
    except OSError as error:
        raise _not_written(out, error) from None
    return folder


def _not_written(out: Path, error: OSError) -> AgelineError:
    return AgelineError(f"{error.filename or out} can't be written: {error.strerror}. Name another --out.")


def _check_replaceable(out: Path, folder: Path, predictions: Path) -> None:
    if not folder.is_dir():
        if folder.exists() or folder.is_symlink():
            found = "a file" if folder.exists() else "a link in a circle"
            raise AgelineError(f"{out} is {found}, expected a folder to write. Name another with --out.")
        return
    if Path(os.path.realpath(predictions)).is_relative_to(folder.resolve()):
        raise AgelineError(f"{predictions} lies in {out}, which is replaced whole. Name another folder with --out.")
    if Path.cwd().is_relative_to(folder.resolve()):
        raise AgelineError(
            f"{out} is the current folder or around it, and is replaced whole. Name a new one with --out."
        )
    others = _others_in(folder)
    if others:
        raise AgelineError(
            f"{out} holds {', '.join(others[:3])}{' and more' if others[3:] else ''}, and is replaced whole only where"
            " an earlier score wrote all of it. Name another folder with --out, or move these away."
        )


def _others_in(out: Path) -> list[str]:
    """What in a folder no score wrote; all of it unless it is a score's complete result."""
    names = {path.name for path in out.iterdir()}
    if names != RESULTS:
        return sorted(names - RESULTS or names)
    if not all((out / name).is_dir() == (name in {TABLES, FIGURES}) for name in names):
        return sorted(names)
    inside = [(TABLES, ".csv"), (FIGURES, ".png")]
    return [f"{folder}/{path.name}" for folder, suffix in inside for path in sorted((out / folder).iterdir())
            if path.suffix != suffix or not path.is_file()]  # fmt: skip


def _measure(chosen: Chosen, evaluate: Evaluate, source: str) -> Scores:
    validation, training = (None if fold is None else Fold(fold, None) for fold in (chosen.validation, chosen.training))
    scores = score_ages(Fold(chosen.test, None), validation, training, evaluate, source, chosen.failed)
    return scores._replace(notes=(*scores.notes, *chosen.notes))


def _made_by(predictions: Path, system: str) -> dict[str, str]:
    return {system: short_hash(predictions.read_bytes()), **{package: version(package) for package in PACKAGES}}


def _write(scores: Scores, card: Card, out: Path) -> None:
    with written_whole(out) as folder:
        folder.mkdir()
        write_scores(
            scores,
            metrics_path=folder / METRICS,
            predictions_path=folder / PREDICTIONS,
            tables_dir=folder / TABLES,
            figures_dir=folder / FIGURES,
        )
        write_report(folder / REPORT, scores, card)
