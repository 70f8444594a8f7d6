"""Converters that keep their remarks to themselves, unless they fail."""

import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ageline.errors import AgelineError

_STDERR = 2


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back what a block, and the C++ below it, writes to stderr; where the block raises, it is shown after all.

    tf2onnx and the converter of LiteRT report their steps there, and warn of what is theirs to mend.
    """
    sys.stderr.flush()
    shown = os.dup(_STDERR)
    with tempfile.TemporaryFile() as held, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.dup2(held.fileno(), _STDERR)
        try:
            yield
        except AgelineError:
            raise  # whose message tells all
        except Exception:
            held.seek(0)
            os.write(shown, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(shown, _STDERR)
            os.close(shown)
