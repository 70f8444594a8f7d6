"""A look at the faces before anything learns from them: counts, distributions, sizes, and sheets of photos."""
