"""How far predictions are from labels: checked, measured, tabulated and drawn, for ages and for genders."""

from ageline.scoring.predictions import Fold
from ageline.scoring.writing import write_scores

__all__ = ["Fold", "write_scores"]
