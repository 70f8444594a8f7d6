"""`ageline predict`: what a trained model says of photos."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ageline.errors import FULL, AgelineError, shown

if TYPE_CHECKING:
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
  130  interrupted; what was done is kept, and the same command with --resume goes on
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
    from ageline.serving.results import check_suffix

    check_suffix(arguments.out)
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        kept = "; what was done is kept: the same command with --resume goes on" if _is_begun(arguments.out) else ""
        print(f"\ninterrupted{kept}", file=sys.stderr)
        return INTERRUPTED


def _run(arguments: argparse.Namespace) -> int:
    from ageline.serving.photos import Listing
    from ageline.serving.predictor import Predictor
    from ageline.serving.run import Run
    from ageline.serving.way import choose_way

    listing = Listing(arguments.paths, sys.stdin.buffer)
    if not listing.photos:
        raise AgelineError("The list on stdin names no photo, expected a path a line.")
    predictor = Predictor.load(_model_folder(arguments.model), arguments.precision)
    way = choose_way(predictor.card, arguments.faces, arguments.detector, arguments.threshold)
    run = Run(listing, way, arguments.out, arguments.annotate, arguments.resume)
    _say_what_becomes_of_an_old_journal(arguments)
    try:
        outcome = _perform(run, predictor)
    except OSError as error:
        raise AgelineError(_sentence(error, arguments.out)) from error
    _say(outcome, run)
    if predictor.card.synthetic:
        _note("the model learned from synthetic faces, drawn by code: its answers say nothing about people")
    return SOME_ERRORS if outcome.errors else 0


def _model_folder(model: str) -> Path:
    """The folder that --model names, or to which the model of the revision that it names was fetched."""
    if model == MODEL or Path(model).exists():
        return Path(model)
    from ageline.revisions import fetch_model

    try:
        return fetch_model(model)
    except AgelineError as error:
        raise AgelineError(f"--model {model} is no folder, so it was taken for a revision. {error}") from None


def _say_what_becomes_of_an_old_journal(arguments: argparse.Namespace) -> None:
    begun = _is_begun(arguments.out)
    if arguments.resume and not begun:
        _note(f"no run with --out {arguments.out} ended early: this one begins anew")
    if begun and not arguments.resume:
        _note(f"a run with --out {arguments.out} ended early; this one begins anew, for --resume was not given")


def _perform(run: "Run", predictor: "Predictor") -> "Outcome":
    from ageline.serving.run import perform

    if not sys.stderr.isatty():
        return perform(run, predictor, lambda _: None)
    from tqdm import tqdm

    with tqdm(total=len(run.listing.photos), unit=" photos", file=sys.stderr) as bar:
        return perform(run, predictor, bar.update)


def _say(outcome: "Outcome", run: "Run") -> None:
    if run.listing.skipped:
        files = "file" if run.listing.skipped == 1 else "files"
        _note(f"{run.listing.skipped:,} {files} in folders skipped: no suffix of a photo")
    if run.listing.repeated:
        paths = "1 path leads" if run.listing.repeated == 1 else f"{run.listing.repeated:,} paths lead"
        _note(f"{paths} to photos that were listed before; each is answered once")
    if outcome.errors:
        first = "; ".join(f"{entry['file']}: {entry['error']}" for entry in outcome.examples or [])
        more = "; ..." if outcome.errors > len(outcome.examples or []) else ""
        _note(f"{outcome.errors:,} of {outcome.photos:,} have errors: {first}{more}")
    print(shown(summary(outcome, run.out)))


def summary(outcome: "Outcome", out: Path) -> str:
    """The last line: `1,000 photos in 12.3 s, 81 a second; 3 with errors; process_results.json`."""
    now = outcome.photos - outcome.taken_up
    photos = "1 photo" if now == 1 else f"{now:,} photos"
    before = f" and {outcome.taken_up:,} before" if outcome.taken_up else ""
    errors = f"; {outcome.errors:,} with errors" if outcome.errors else ""
    speed = now / max(outcome.seconds, 0.001)
    return f"{photos} in {outcome.seconds:.1f} s{before}, {speed:,.0f} a second{errors}; {out}"


def _note(text: str) -> None:
    print(shown(text.replace("\n", "\\n")), file=sys.stderr)


def _is_begun(out: Path) -> bool:
    from ageline.serving.journal import journal_beside

    return journal_beside(out).exists()


def _sentence(error: OSError, out: Path) -> str:
    where = f"{error.filename or out} can't be written: {error.strerror or error}."
    remedy = "Make room." if error.errno in FULL else "Make it writable, or name another --out."
    kept = " What was done is kept, and the same command with --resume goes on." if _is_begun(out) else ""
    return f"{where} {remedy}{kept}"
