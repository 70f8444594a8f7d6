"""Opening a source by its path."""

from pathlib import Path

from ageline.errors import AgelineError
from ageline.faces.sources.folder import list_folder
from ageline.faces.sources.source import Source
from ageline.faces.sources.tar import list_tar
from ageline.faces.sources.zip import list_zip

COMPRESSED_TAR = (".tgz", ".tbz2", ".txz", ".tzst", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst")


def open_source(path: str | Path) -> Source:
    """List a folder, a .zip or a .tar; names ascend.

    Raises:
        AgelineError: there is none, it is of another kind or damaged, or it holds nothing.
    """
    path = Path(path)
    if not path.exists():
        raise AgelineError(
            f"{path} does not exist, expected a folder, a .zip or a .tar of labelled photos."
            " `data.source` in params.yaml names it."
        )
    source = _list(path).ordered()
    if not source.files and not source.refused:
        raise AgelineError(f"{path} holds no files, expected labelled photos. Fill it, or name another `data.source`.")
    return source


def _list(path: Path) -> Source:
    if path.is_dir():
        return list_folder(path)
    name = path.name.lower()
    if name.endswith(COMPRESSED_TAR):
        raise AgelineError(
            f"{path} is a compressed tar, in which no photo can be read without unpacking all before it."
            " Unpack it, or make it a .zip or a plain .tar."
        )
    if name.endswith(".zip") and path.is_file():
        return list_zip(path)
    if name.endswith(".tar") and path.is_file():
        return list_tar(path)
    raise AgelineError(f"{path} is no folder, .zip or .tar, expected one of these with labelled photos.")
