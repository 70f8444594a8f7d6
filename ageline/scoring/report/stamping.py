"""What is true only where and when a report is shown: it is put into the page then, and is never in the file."""

from collections.abc import Mapping

from markupsafe import Markup

from ageline.errors import AgelineError

MARKER = "<!-- stamp: revision and hardware -->"


def stamp(html: str, facts: Mapping[str, str]) -> str:
    """The page with `facts` under its headline, such as {"revision": "4f2c1ab", "hardware": "..."}.

    Args:
        html: a page of `write_report`.
        facts: by name, in the order in which they are shown; without any the page stays unstamped.

    Raises:
        AgelineError: the page has no place for a stamp, or has its stamp.
    """
    if html.count(MARKER) != 1:
        raise AgelineError(
            f"The page holds {html.count(MARKER)} places for a stamp, expected one: it is no report, or it is stamped"
            " already. Take reports/index.html as `dvc repro` wrote it."
        )
    if not facts:
        return html
    rows = Markup().join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*fact) for fact in facts.items())
    return html.replace(MARKER, Markup('<dl class="stamp">{}</dl>').format(rows))
