"""Every table about predicted ages, by the name of its file. One that nothing is known for is left out."""

from collections.abc import Mapping

import pandas as pd

from ageline.scoring.ages.coverage import table_by_level, table_by_predicted_age, with_intervals
from ageline.scoring.ages.cumulative import table_of_cumulative_scores
from ageline.scoring.ages.evaluation import Evaluation
from ageline.scoring.ages.groups import table_by_ethnicity, table_by_gender, table_by_year, table_of_gaps
from ageline.scoring.ages.metrics import table_by_age
from ageline.scoring.ages.references import table_of_references
from ageline.scoring.ages.risk import table_of_risk_coverage
from ageline.scoring.ages.shots import table_by_shot
from ageline.scoring.ages.till import table_by_year_of_minors, table_of_outcomes, table_of_thresholds


def tables_of(evaluation: Evaluation) -> dict[str, pd.DataFrame]:
    """The tables that `ageline.scoring.ages` lists, but for the suspects."""
    found = {**_of_errors(evaluation), **_of_certainty(evaluation), **_of_the_till(evaluation)}
    return {name: table for name, table in found.items() if table is not None}


def _of_errors(evaluation: Evaluation) -> Mapping[str, pd.DataFrame | None]:
    test, settings = evaluation.test, evaluation.settings
    bootstrap = settings.bootstrap
    return {
        "by_age": table_by_age(test, settings),
        "by_year": table_by_year(test, bootstrap),
        "by_gender": table_by_gender(test, bootstrap),
        "by_ethnicity": table_by_ethnicity(test, bootstrap),
        "gaps": table_of_gaps(test, settings),
        "by_shot": None if evaluation.training is None else table_by_shot(test, evaluation.training.true, bootstrap),
        "cumulative": table_of_cumulative_scores(test),
        "references": _references(evaluation) if settings.reference else None,
    }


def _of_certainty(evaluation: Evaluation) -> Mapping[str, pd.DataFrame | None]:
    test, settings, calibration = evaluation.test, evaluation.settings, evaluation.calibration
    if with_intervals(test).empty:
        return {"risk_coverage": table_of_risk_coverage(test)}
    behind = None if calibration is None else calibration.calibrated_on(test, settings.interval)
    return {
        "coverage_by_level": None if calibration is None else table_by_level(calibration, test),
        "coverage_by_age": table_by_predicted_age(test, behind, settings.age_bins),
        "risk_coverage": table_of_risk_coverage(test),
    }


def _of_the_till(evaluation: Evaluation) -> Mapping[str, pd.DataFrame | None]:
    test, thresholds = evaluation.test, evaluation.settings.tried_thresholds
    return {
        "till": table_of_thresholds(test, evaluation.validation, thresholds, evaluation.choice.threshold),
        "till_by_age": table_by_year_of_minors(test, thresholds),
        "outcomes": table_of_outcomes(test, evaluation.choice.threshold),
    }


def _references(evaluation: Evaluation) -> pd.DataFrame:
    folds = [fold for fold in (evaluation.training, evaluation.validation) if fold is not None]
    others = [pd.concat(folds).drop_duplicates("face_id")] if folds else []  # one fold may be given as both
    bootstrap = evaluation.settings.bootstrap
    return table_of_references(evaluation.test, others, bootstrap, learned=evaluation.learned)
