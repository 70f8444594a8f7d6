"""The data contract between stages: a folder of faces is a manifest and the packs that it points into."""

from ageline.store.faceset import FaceSet, write_faceset
from ageline.store.files import write_csv, write_json, written_whole
from ageline.store.manifest import read_manifest

__all__ = ["FaceSet", "read_manifest", "write_csv", "write_faceset", "write_json", "written_whole"]
