r"""The file with all entries, by its suffix.

| suffix | what is in it |
|---|---|
| `.json` | `{"model": {...}, "photos": [...]}`: what answered, and the entries (see `predicting`), one a line |
| `.jsonl` | the entries, one a line |
| `.csv` | a row for each face, or for a photo without answer; columns depend on the model and the options alone |
| `.parquet` | the same, typed; `model` is in the metadata of its schema |

The columns are `file`, with every face asked for `face` (0 is the largest), with boxes `left`, `top`, `width`,
`height`, then the keys of an answer, with copies `annotated`, and `error`. A name that is not UTF-8 is spelled out:
`\udcff` in JSON, which Python reads back, and `\xff` in CSV and parquet. There the backslashes of such a name are
doubled, and those of a name that has `\xff` as four letters, so that no two names have one cell.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from ageline.errors import AgelineError
from ageline.faces.sources.source import printable
from ageline.serving.journal import Entry
from ageline.store.files import written_whole

BOX = ("left", "top", "width", "height")
GROUP = 10_000  # rows of a parquet file that are written, and held, together
TYPES = {"file": "string", "face": "int32", "gender": "string", "decision": "string", "annotated": "string"}
TYPES |= {"error": "string"}  # and of all others double

BYTE = re.compile(r"[\udc80-\udcff]|\\x[0-9a-f]{2}")  # that is no text, or what it is spelled as

Row = list[Any]


def check_suffix(out: Path) -> None:
    """Refuse what can't be written, before any work.

    Raises:
        AgelineError: the suffix is no known one, or of a format whose library is not installed.
    """
    if out.suffix.lower() not in WRITERS:
        raise AgelineError(f"--out {out} should end in one of {', '.join(WRITERS)}, which says what to write.")
    if out.is_dir():
        raise AgelineError(f"--out {out} is a folder, expected the name of a file, such as {out / 'results.json'}.")
    if out.suffix.lower() == ".parquet":
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError:
            raise AgelineError(
                f"--out {out} needs pyarrow, which is not installed. `pip install pyarrow`, or write .csv or .json."
            ) from None


def columns_of(
    target: str, *, every: bool, boxes: bool, interval: bool, decision: bool, annotated: bool
) -> tuple[str, ...]:
    """The columns of a table: of these options, whatever the photos show."""
    answer = ("gender", "probability") if target == "gender" else ("age", *(("low", "high") if interval else ()))
    more = (*(("decision",) if decision else ()), *(("annotated",) if annotated else ()))
    return ("file", *(("face",) if every else ()), *(BOX if boxes else ()), *answer, *more, "error")


def write_results(out: Path, model: Mapping[str, Any], columns: Sequence[str], entries: Iterable[Entry]) -> None:
    """Write all entries whole or not at all, as the suffix says; they are taken one after the other."""
    with written_whole(out) as partial:
        WRITERS[out.suffix.lower()](partial, model, columns, entries)


def rows_of(entries: Iterable[Entry], columns: Sequence[str]) -> Iterator[Row]:
    """A row for each face, or for a photo without one."""
    for entry in entries:
        shared = {key: entry[key] for key in ("file", "annotated", "error") if key in entry}
        for number, face in enumerate(entry.get("faces", [entry])):
            cells = face | shared | dict(zip(BOX, face.get("box", ()), strict=False))
            if "faces" in entry:
                cells["face"] = number
            yield [cells.get(column) for column in columns]


def _write_json(path: Path, model: Mapping[str, Any], _: Sequence[str], entries: Iterable[Entry]) -> None:
    with path.open("wb") as file:
        file.write(b'{"model": ' + _as_json(model) + b',\n "photos": [')
        for number, entry in enumerate(entries):
            file.write((b",\n  " if number else b"\n  ") + _as_json(entry))
        file.write(b"\n]}\n")


def _write_jsonl(path: Path, _: Mapping[str, Any], __: Sequence[str], entries: Iterable[Entry]) -> None:
    with path.open("wb") as file:
        file.writelines(_as_json(entry) + b"\n" for entry in entries)


def _as_json(values: Mapping[str, Any]) -> bytes:
    # A byte that is no text is a lone surrogate in Python, and backslashreplace spells that just as JSON does.
    return json.dumps(values, ensure_ascii=False, allow_nan=False).encode("utf-8", "backslashreplace")


def _write_csv(path: Path, _: Mapping[str, Any], columns: Sequence[str], entries: Iterable[Entry]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(columns) + "\n")
        file.writelines(",".join(map(_cell, row)) + "\n" for row in rows_of(entries, columns))


def _cell(value: object) -> str:
    """A cell; Python 3.11's own writer leaves a carriage return unquoted, which no reader takes."""
    text = "" if value is None else _spelled(value) if isinstance(value, str) else str(value)
    if any(char in text for char in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def _write_parquet(path: Path, model: Mapping[str, Any], columns: Sequence[str], entries: Iterable[Entry]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [(column, pa.type_for_alias(TYPES.get(column, "double"))) for column in columns],
        metadata={"model": _as_json(model)},
    )
    rows = rows_of(entries, columns)
    with pq.ParquetWriter(path, schema) as writer:
        while group := [dict(zip(columns, map(_text_or_number, row), strict=True)) for row in islice(rows, GROUP)]:
            writer.write_table(pa.Table.from_pylist(group, schema))


def _text_or_number(cell: Any) -> Any:
    return _spelled(cell) if isinstance(cell, str) else cell


def _spelled(text: str) -> str:
    return printable(text.replace("\\", r"\\") if BYTE.search(text) else text)


WRITERS: dict[str, Callable[[Path, Mapping[str, Any], Sequence[str], Iterable[Entry]], None]] = {
    ".json": _write_json,
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}
