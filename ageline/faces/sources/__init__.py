"""Where photos lie: a folder, a .zip or a .tar of one. Nothing outside of it is ever read."""

from ageline.faces.sources.opened import open_source
from ageline.faces.sources.source import File, Source

__all__ = ["File", "Source", "open_source"]
