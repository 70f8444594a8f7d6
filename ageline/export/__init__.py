"""From a trained model to files that other engines run, each held against what Keras answers."""
