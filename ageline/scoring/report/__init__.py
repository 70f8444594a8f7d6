"""The report: scores as one self-contained page that a manager can read, and that looks at nothing outside itself.

    write_report("reports/index.html", scores, Card("age", "data/sample (synthetic faces, drawn by code)"))

`stamp` adds, where the page is shown, what the file itself never holds: revision, time and hardware.
"""

from ageline.scoring.report.card import Card
from ageline.scoring.report.page import build_page, write_report
from ageline.scoring.report.stamping import MARKER, stamp

__all__ = ["MARKER", "Card", "build_page", "stamp", "write_report"]
