"""How far predicted ages are from true ones: predictions checked, measured, tabulated and drawn."""

from ageline.scoring.predictions import Fold
from ageline.scoring.scores import write_scores

__all__ = ["Fold", "write_scores"]
