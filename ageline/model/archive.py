"""Saving a model so that the same weights are the same bytes, and loading it.

Keras writes the date and addresses in memory into a `.keras` archive, and zip a time into each of its members, so no
two saves are alike and DVC would evaluate again what has not changed.
"""

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import keras

from ageline.errors import AgelineError
from ageline.store.files import written_whole

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that zip can hold


def save_model(model: keras.Model, path: Path) -> None:
    """Write `model` without its optimizer to `path`, a `.keras` file, whole or not at all."""
    bare = keras.Model(model.input, model.output, name=model.name)
    with written_whole(path) as partial:
        raw = partial.with_name(f"{partial.stem}-raw.keras")
        try:
            bare.save(raw)
            _copy_canonically(raw, partial)
        finally:
            raw.unlink(missing_ok=True)


def load_model(path: Path) -> keras.Model:
    """Load what `save_model` wrote, for prediction. Code of the file's own, such as a Lambda layer's, is never run.

    Raises:
        AgelineError: the file is missing, or no model, or has code of its own.
    """
    if not path.is_file():
        raise AgelineError(f"{path} does not exist. Run `dvc repro train`, or `dvc pull`.")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # of what is no model Keras raises all kinds, from KeyError to RecursionError
        raise AgelineError(
            f"{path} is not a model that Keras {keras.__version__} can load in safe mode: {_reason(error)}. Run"
            " `dvc repro train` to write it anew."
        ) from error


def _reason(error: Exception) -> str:
    """In one line, without Keras' advice on how to have unsafe code run."""
    if "safe_mode" in str(error) or "unsafe" in str(error):
        return "it has code of its own, as a Lambda layer does, which could do anything"
    return " ".join(str(error).split())[:300] or type(error).__name__


def _copy_canonically(source: Path, target: Path) -> None:
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as canonical:
        for name in sorted(archive.namelist()):
            content = _CANONICAL.get(name, bytes)(archive.read(name))
            # Stored, not deflated: weights hardly shrink, and another zlib would give other bytes.
            canonical.writestr(zipfile.ZipInfo(name, _EPOCH), content)


def _without_date(metadata: bytes) -> bytes:
    kept = {key: value for key, value in json.loads(metadata).items() if key != "date_saved"}
    return json.dumps(kept, sort_keys=True).encode()


def _with_numbered_objects(config: bytes) -> bytes:
    """Shared objects are told apart by their address; here by the order in which they appear.

    Number formats are left out: a model that was just built shares one among its layers, and a loaded one does not.
    """
    numbers: dict[bytes, int] = {}
    return re.sub(
        rb'("shared_object_id": )(\d+)',
        lambda found: b"%s%d" % (found[1], numbers.setdefault(found[2], len(numbers))),
        re.sub(rb'("class_name": "DTypePolicy", "config": {[^{}]*}[^{}]*), "shared_object_id": \d+', rb"\1", config),
    )


_CANONICAL: dict[str, Callable[[bytes], bytes]] = {
    "metadata.json": _without_date,
    "config.json": _with_numbered_objects,
}
