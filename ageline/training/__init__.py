"""Training: faces are fed in a reproducible order, phase by phase, and each epoch is on disk when it ends.

labels, weighting -> feed -> learning: phases (averaging, divergence, dead_head, checkpoints, history, progress) -> cost
"""
