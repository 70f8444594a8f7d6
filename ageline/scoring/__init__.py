"""How far predictions are from labels: checked, measured, tabulated and drawn, for ages and for genders."""

from ageline.scoring.ages import score_ages
from ageline.scoring.genders import score_genders
from ageline.scoring.predictions import Fold
from ageline.scoring.scores import Scores
from ageline.scoring.writing import write_scores

SCORE = {"age": score_ages, "gender": score_genders}

__all__ = ["SCORE", "Fold", "Scores", "score_ages", "score_genders", "write_scores"]
