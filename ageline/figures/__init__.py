"""What every figure of the pipeline shares: its look, how it is saved, and sheets of faces."""

from ageline.figures.caption import caption
from ageline.figures.credit import credit, is_synthetic
from ageline.figures.sheet import draw_sheet
from ageline.figures.style import new_axes, new_panels, save, styled

__all__ = ["caption", "credit", "draw_sheet", "is_synthetic", "new_axes", "new_panels", "save", "styled"]
