"""Every figure about predicted ages, by the name of its file. A figure whose table is left out is left out too."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from ageline.scoring.ages.evaluation import Evaluation
from ageline.scoring.ages.plots import (
    draw_coverage_by_age,
    draw_coverage_by_level,
    draw_cumulative,
    draw_error_by_age,
    draw_error_by_group,
    draw_error_by_shot,
    draw_error_by_year,
    draw_predicted_against_true,
    draw_risk_coverage,
    draw_till,
)


def figures_of(
    evaluation: Evaluation, tables: Mapping[str, pd.DataFrame], metrics: Mapping[str, float], note: str
) -> dict[str, Figure]:
    """The figures that `ageline.scoring.ages` lists, but for the sheets of faces.

    Args:
        evaluation: of the predictions.
        tables: of `ageline.scoring.ages.tables.tables_of`.
        metrics: by name.
        note: where the faces come from.
    """
    faces, settings = len(evaluation.test), evaluation.settings
    drawn = {
        "predicted_against_true": draw_predicted_against_true(evaluation.test, metrics, note),
        "error_by_age": draw_error_by_age(tables["by_age"], note),
        "error_by_year": draw_error_by_year(tables["by_year"], note),
        "cumulative": draw_cumulative(tables["cumulative"], faces, note),
        "till": draw_till(tables["till"], settings.minor_pass, note),
    }
    if groups := [tables[name] for name in ("by_gender", "by_ethnicity") if name in tables]:
        drawn["error_by_group"] = draw_error_by_group(groups, note)
    if "by_shot" in tables:
        drawn["error_by_shot"] = draw_error_by_shot(tables["by_shot"], note)
    if "coverage_by_level" in tables:
        drawn["coverage_by_level"] = draw_coverage_by_level(tables["coverage_by_level"], faces, note)
    if "coverage_by_age" in tables:
        drawn["coverage_by_age"] = draw_coverage_by_age(tables["coverage_by_age"], settings.interval, note)
    if "risk_coverage" in tables:
        drawn["risk_coverage"] = draw_risk_coverage(tables["risk_coverage"], note)
    return drawn
