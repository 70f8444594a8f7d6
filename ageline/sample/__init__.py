"""The built-in source: synthetic faces drawn by code, each of an age that can be seen but not read off one colour.

Age is mostly in fine detail (lines, folds, spots, the size of the eyes); skin, hair, light, pose and background change
the coarse picture far more. So a model must learn, and one that looks at an 8 x 8 thumbnail does badly:
`python -m benchmarks.sample` shows by how much.
"""

from ageline.sample.folder import write_sample

__all__ = ["write_sample"]
