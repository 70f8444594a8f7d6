"""Training: faces are fed in a reproducible order, the best epoch is kept, and the history is a table."""
