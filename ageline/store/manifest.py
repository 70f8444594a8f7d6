"""The manifest: a row per face of one folder, in parquet, checked when it is read.

| column | type | meaning |
|---|---|---|
| face_id | text | hash of the photo's bytes; of equal photos, the second is `<hash>-2` and so on |
| source | text | path inside the raw set |
| age | number | years; null where unknown |
| gender | text | female or male; null where unknown |
| ethnicity, subject | text | null where unknown |
| split_group | text | faces that must stay on one side of a split share it |
| split | text | train, val or test |
| pack, row | integer | where the pixels are: row `row` of `pack-<pack>.npy` |
| width, height | integer | of the raw photo, upright, in pixels |
| copy_of, copy | text, integer | for an augmented copy: the original's face_id and the copy's number; else null |
| flags | text | what ingest noticed, separated by spaces; empty where nothing |
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ageline.errors import AgelineError

MANIFEST = "manifest.parquet"
SPLITS = ("train", "val", "test")
GENDERS = ("female", "male")  # the classes that a model of gender tells apart, in the order of its outputs
SCHEMA = pa.schema(
    [
        pa.field("face_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("age", pa.float64()),
        pa.field("gender", pa.string()),
        pa.field("ethnicity", pa.string()),
        pa.field("subject", pa.string()),
        pa.field("split_group", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("pack", pa.int32(), nullable=False),
        pa.field("row", pa.int32(), nullable=False),
        pa.field("width", pa.int32(), nullable=False),
        pa.field("height", pa.int32(), nullable=False),
        pa.field("copy_of", pa.string()),
        pa.field("copy", pa.int32()),
        pa.field("flags", pa.string(), nullable=False),
    ]
)


def write_manifest(path: Path, manifest: pd.DataFrame) -> None:
    """Write a manifest; columns that it lacks are null, columns that the contract lacks are refused."""
    unknown = sorted(set(manifest.columns) - set(SCHEMA.names))
    if unknown:
        raise ValueError(f"a manifest has no columns {unknown}; it has {SCHEMA.names}")
    complete = manifest.reindex(columns=SCHEMA.names)
    table = pa.Table.from_pandas(complete, schema=SCHEMA, preserve_index=False)
    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd")


def read_manifest(folder: str | Path) -> pd.DataFrame:
    """The manifest of `folder`, checked against the contract.

    Raises:
        AgelineError: there is none, or it is not what this version writes.
    """
    path = Path(folder) / MANIFEST
    remedy = "Run `dvc repro` to write it anew."
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise AgelineError(f"{path} does not exist. {remedy}") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise AgelineError(f"{path} is not a readable parquet file: {error}. {remedy}") from error
    if not table.schema.equals(SCHEMA):
        raise AgelineError(f"{path} has the columns\n{table.schema}\nexpected\n{SCHEMA}\n{remedy}")
    manifest: pd.DataFrame = table.to_pandas()
    _check(manifest, path, remedy)
    return manifest


def _check(manifest: pd.DataFrame, path: Path, remedy: str) -> None:
    repeated = manifest.face_id[manifest.face_id.duplicated()].unique()
    if len(repeated):
        raise AgelineError(f"{path} names {len(repeated)} faces twice, {repeated[0]} among them. {remedy}")
    strange = set(manifest.split) - set(SPLITS)
    if strange:
        raise AgelineError(f"{path} has the splits {sorted(strange)}, expected only {', '.join(SPLITS)}. {remedy}")
