"""Ageline learns age from photos of faces: a data-versioned pipeline with a gate."""
