"""Predictions with what stage export wrote, without Keras, pandas or DVC.

    model_card  models/model.json: what the model expects, how its answers are read, and how far they are off

Nothing is imported here, so that a command loads no more than it uses.
"""
