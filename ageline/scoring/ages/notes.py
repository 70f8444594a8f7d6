"""What whoever reads the metrics of predicted ages has to know: what is not known and why, and what fell short."""

from collections.abc import Iterator

from ageline.scoring.ages.coverage import explain_shortfall, with_intervals
from ageline.scoring.ages.evaluation import Evaluation
from ageline.scoring.ages.metrics import FEWEST
from ageline.scoring.ages.risk import why_no_risk
from ageline.scoring.ages.till import OF_AGE

_NO_INTERVALS = (
    "The predictions carry no interval: they have no columns low and high, and no validation faces to make intervals"
    " from. Give either (with `ageline score`, see --low and --high, or --split and --calibrate)."
)


def notes_of(evaluation: Evaluation, failed: int = 0) -> list[str]:
    """Sentences, the weightiest first.

    Args:
        evaluation: of the predictions.
        failed: faces for which the system gave no age, and which no metric counts.
    """
    return list(_notes(evaluation, failed))


def _notes(evaluation: Evaluation, failed: int) -> Iterator[str]:
    test, settings, calibration = evaluation.test, evaluation.settings, evaluation.calibration
    if failed:
        yield (
            f"{failed} of {failed + len(test)} faces got no age from the system. No error counts them: a system that"
            " passes over its hard faces looks better than it is."
        )
    if len(test) < FEWEST:
        yield (
            f"The mae has no interval, for {len(test)} of at least {FEWEST} faces were measured: as it stands it may be"
            " chance. Give the test fold more faces."
        )
    shortfall = explain_shortfall(test, settings.interval, calibration)
    if shortfall:
        yield shortfall
    if with_intervals(test).empty:
        yield (calibration and calibration.shortage(settings.interval)) or _NO_INTERVALS
    yield evaluation.choice.sentence
    minors = int((test.true < OF_AGE).sum())
    if not minors:
        yield f"No test face is under {OF_AGE}, so what would pass at the till is not known of any minor."
    elif minors == len(test):
        yield f"All test faces are under {OF_AGE}, so how many adults would be asked for an ID is not known."
    risk = why_no_risk(test)
    if risk:
        yield risk
