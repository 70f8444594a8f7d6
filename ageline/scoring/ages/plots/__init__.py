"""The figures of predicted ages, each from a table of `ageline.scoring.ages` and with one thing to say.

Every one takes a table with nulls, with groups without faces, or with a single row. `note` says where the faces come
from.
"""

from ageline.scoring.ages.plots.agreement import draw_predicted_against_true
from ageline.scoring.ages.plots.cumulative import draw_cumulative
from ageline.scoring.ages.plots.errors import draw_error_by_age, draw_error_by_year
from ageline.scoring.ages.plots.groups import draw_error_by_group, draw_error_by_shot
from ageline.scoring.ages.plots.intervals import draw_coverage_by_age, draw_coverage_by_level
from ageline.scoring.ages.plots.risk import draw_risk_coverage
from ageline.scoring.ages.plots.sheets import draw_worst_faces
from ageline.scoring.ages.plots.till import draw_till

__all__ = [
    "draw_coverage_by_age",
    "draw_coverage_by_level",
    "draw_cumulative",
    "draw_error_by_age",
    "draw_error_by_group",
    "draw_error_by_shot",
    "draw_error_by_year",
    "draw_predicted_against_true",
    "draw_risk_coverage",
    "draw_till",
    "draw_worst_faces",
]
