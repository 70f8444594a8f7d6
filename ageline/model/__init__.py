"""The model in Keras: a backbone, what its weights expect of a photo, a top, and how all of it is saved."""

import os

# TensorFlow logs to stderr what no user can act on; it reads this once, when it is first imported.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
