"""The data contract between stages: a folder of faces is a manifest and the packs that it points into."""

from ageline.store.faceset import FaceSet, write_faceset
from ageline.store.files import locked, remove_partials, write_csv, write_json, written_together, written_whole
from ageline.store.manifest import read_manifest

__all__ = [
    "FaceSet",
    "locked",
    "read_manifest",
    "remove_partials",
    "write_csv",
    "write_faceset",
    "write_json",
    "written_together",
    "written_whole",
]
