"""`ageline score`: any system's predictions, measured as the pipeline's own are."""

import argparse
from pathlib import Path

_COLUMNS = {  # as in ageline.scoring.systems.columns, which is too much to import before the command runs
    "true": "the true age in years",
    "predicted": "the predicted age in years; empty where the system failed",
    "file": "the name of the photo",
    "face_id": "the name of the face, where a photo has several",
    "split": "the split of the face: train, val, test or other names",
    "gender": "its gender",
    "ethnicity": "its ethnicity",
    "low": "the lower end of the interval that the system gives, years",
    "high": "the upper end of it",
    "std": "the spread that the system gives, years",
}


def add_score(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `score` to the command line."""
    score = commands.add_parser(
        "score",
        help="measure any system's predictions as the pipeline measures its own",
        description=(
            "Measure the predictions of any system, such as a vendor's API, another model or people, as the pipeline"
            " measures its own: write metrics.json, predictions.csv, tables, figures and a report. What the section"
            " `evaluate` of params.yaml in the current folder sets holds; all else is as shipped, with minor_pass 0.02."
            " docs/evaluation.md says what the numbers mean."
        ),
        epilog="Exit status: 0 where it was measured, 2 where it cannot be.",
    )
    score.add_argument(
        "predictions", metavar="PREDICTIONS", type=Path, help="a CSV or parquet file, a row per face with both ages"
    )
    score.add_argument(
        "--out", metavar="DIR", type=Path, required=True, help="folder to write; one of an earlier score is replaced"
    )
    score.add_argument(
        "--test", metavar="NAME", help="split to score; by default test, or all rows where there are no splits"
    )
    score.add_argument(
        "--calibrate",
        metavar="NAME",
        help="split on which intervals and the threshold are calibrated; by default val (valid, validation)",
    )
    score.add_argument(
        "--reference", choices=["appa-real"], help="as evaluate.reference: compare with people on the same photos"
    )
    columns = score.add_argument_group(
        "columns of PREDICTIONS", "Without these they are found by common names, in any case."
    )
    for field, meaning in _COLUMNS.items():
        columns.add_argument(f"--{field.replace('_', '-')}", metavar="NAME", help=meaning)
    score.set_defaults(run=_score)


def _score(arguments: argparse.Namespace) -> int:
    from ageline.scoring.systems.settings import choose_settings
    from ageline.system_score import REPORT, printable, score_system

    columns = {field: name for field in _COLUMNS if (name := getattr(arguments, field)) is not None}
    settings = choose_settings(arguments.reference)
    scores = score_system(
        arguments.predictions,
        arguments.out,
        columns,
        settings,
        test=arguments.test,
        calibrate=arguments.calibrate,
    )
    metrics = [f"{name} {value}" for name, value in scores.metrics.items()]
    report = printable(str(arguments.out / REPORT))
    print(*metrics, *scores.notes, f"params: {settings.origin}", f"report: {report}", sep="\n")
    return 0
