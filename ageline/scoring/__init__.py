"""How far predicted ages are from true ones: predictions checked, measured, tabulated and drawn."""

from ageline.scoring.scores import write_scores

__all__ = ["write_scores"]
