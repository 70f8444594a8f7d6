"""`ageline predict`: what a trained model says of photos."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ageline.errors import AgelineError
from ageline.predict_notes import (
    not_read,
    not_written,
    note,
    say_interrupted,
    say_outcome,
    say_what_becomes_of_an_old_journal,
)

if TYPE_CHECKING:
    from ageline.serving.photos import Listing
    from ageline.serving.predictor import Predictor
    from ageline.serving.run import Outcome, Run

MODEL = "models"
OUT = "process_results.json"
SOME_ERRORS, INTERRUPTED = 1, 130
CROPS = ("whole", "center", "stretch", "detect")
PRECISIONS = ("auto", "float32", "bfloat16")
_OF_MODEL = "model"
_EPILOG = """\
Exit status:
  0    every photo has an answer
  1    some have an error; each is in the file that is written, and all others have their answer
  2    nothing could be done: the model, the flags or the file to write are at fault
  130  interrupted, or 143 told to end; what was done is kept, and the same command with --resume goes on
"""


def add_predict(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `predict` to the command line."""
    predict = commands.add_parser(
        "predict",
        help="say the age, or the gender, of the faces in photos",
        description=(
            "Say the age, or the gender, of the faces in photos with the model that stage export wrote, and write an"
            " entry for each photo, in the order given. A bad photo is an entry with its error. docs/serving.md shows"
            " what is written."
        ),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    predict.add_argument(
        "paths", metavar="PATH", nargs="+", help="photo, folder with all below it, pattern, or - for a list on stdin"
    )
    predict.add_argument(
        "--model",
        metavar="FOLDER|REV",
        default=MODEL,
        help="folder with model.onnx and model.json, or a revision of this repository (by default %(default)s)",
    )
    predict.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        default=Path(OUT),
        help="to write: .json, .jsonl, .csv or .parquet (by default %(default)s)",
    )
    predict.add_argument(
        "--faces",
        choices=CROPS,
        help="what of a photo is a face: detect finds all in it; by default as the model was trained",
    )
    predict.add_argument(
        "--detector", metavar="FILE", type=Path, help="YuNet .onnx that finds faces; by default OpenCV's cascades"
    )
    predict.add_argument("--precision", choices=PRECISIONS, default="auto", help="by default %(default)s")
    predict.add_argument(
        "--threshold",
        metavar="YEARS|model",
        type=_threshold,
        help="from which predicted age a face passes, or the model's own; adds a decision to each answer",
    )
    predict.add_argument("--resume", action="store_true", help="go on from where a run with this --out ended early")
    predict.add_argument(
        "--annotate", metavar="DIR", type=Path, help="also write copies there, with boxes and answers drawn on them"
    )
    predict.set_defaults(run=_predict)


def _threshold(text: str) -> float | str:
    if text == _OF_MODEL:
        return text
    try:
        years = float(text)
    except ValueError:
        years = -1.0
    if not 0 < years <= 150:
        raise argparse.ArgumentTypeError(f"{text!r} is neither an age in years nor {_OF_MODEL!r}")
    return years


def _predict(arguments: argparse.Namespace) -> int:
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        say_interrupted(arguments.out)
        return INTERRUPTED
    except SystemExit:  # told to end
        say_interrupted(arguments.out)
        raise
    except OSError as error:
        raise AgelineError(not_read(error)) from error


def _run(arguments: argparse.Namespace) -> int:
    from ageline.serving.photos import Listing
    from ageline.serving.predictor import Predictor
    from ageline.serving.results import check_suffix
    from ageline.serving.run import Run
    from ageline.serving.way import choose_way

    check_suffix(arguments.out)
    listing = Listing(arguments.paths, sys.stdin.buffer)
    if not listing.photos:
        raise AgelineError("The list on stdin names no photo, expected a path a line.")
    model = _model_folder(arguments.model)
    _check_out(arguments.out, listing, model)
    predictor = Predictor.load(model, arguments.precision)
    way = choose_way(predictor.card, arguments.faces, arguments.detector, arguments.threshold)
    run = Run(listing, way, arguments.out, arguments.annotate, arguments.resume)
    outcome = _perform(run, predictor)
    say_outcome(outcome, run)
    if predictor.card.synthetic:
        note("the model learned from synthetic faces, drawn by code: its answers say nothing about people")
    return SOME_ERRORS if outcome.errors else 0


def _check_out(out: Path, listing: "Listing", model: Path) -> None:
    from ageline.faces.sources.source import printable
    from ageline.serving.model_card import CARD

    if listing.is_original(out):
        raise AgelineError(f"--out {out} is one of the photos, which it would replace. Name another file.")
    if out.resolve() == (model / CARD).resolve():
        raise AgelineError(f"--out {out} belongs to the model, which it would spoil. Name another file.")
    if out.suffix.lower() == ".parquet" and printable(str(out)) != str(out):
        raise AgelineError(f"--out {out} has bytes that are no text, which Arrow can't write to. Name another file.")


def _model_folder(model: str) -> Path:
    """The folder that --model names, or to which the model of the revision that it names was fetched."""
    if model == MODEL or Path(model).exists():
        return Path(model)
    from ageline.revisions import fetch_model

    try:
        return fetch_model(model)
    except AgelineError as error:
        raise AgelineError(f"--model {model} is no folder, so it was taken for a revision. {error}") from None


def _perform(run: "Run", predictor: "Predictor") -> "Outcome":
    from ageline.serving.run import lock_beside
    from ageline.store.files import locked

    try:
        with locked(lock_beside(run.out)):  # the journal of a run that is at work did not end early
            say_what_becomes_of_an_old_journal(run.out, resume=run.resume)
        return _perform_with_progress(run, predictor)
    except OSError as error:
        raise AgelineError(not_written(error, run.out)) from error


def _perform_with_progress(run: "Run", predictor: "Predictor") -> "Outcome":
    from ageline.serving.run import perform

    if not sys.stderr.isatty():
        return perform(run, predictor, lambda _: None)
    from tqdm import tqdm

    with tqdm(total=len(run.listing.photos), unit=" photos", file=sys.stderr) as bar:
        return perform(run, predictor, bar.update)
