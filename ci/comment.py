"""What ci/comment does: one comment for each pull request, found again by a mark that nobody sees."""

import os
from pathlib import Path

from github import LONGEST, GitHubError, call, cut, entries, link_to_job, required, run

MARK = "<!-- ageline -->\n"
NONE = "## No report\n\nA step before it failed. Its output is on {}.\n"


def main() -> None:
    """Edit the comment with the mark, or write the first one."""
    number = required("PULL_REQUEST")
    if not number.isdecimal():
        raise GitHubError(f"PULL_REQUEST is {number[:40]!r}, expected the number of a pull request.")
    content = {"body": body()}
    comment = own_comment(number)
    if comment is None:
        call("POST", f"issues/{number}/comments", content)
    else:
        call("PATCH", f"issues/comments/{comment}", content)
    print(f"The comment on pull request {number} is {'written' if comment is None else 'edited'}.")


def own_comment(number: str) -> int | None:
    """The id of the comment that this script wrote: a person who quotes one, mark and all, is no bot."""
    for comment in entries(f"issues/{number}/comments"):
        if (comment.get("user") or {}).get("type") == "Bot" and str(comment.get("body")).startswith(MARK.strip()):
            return int(comment["id"])
    return None


def body() -> str:
    """The mark and the report, or that there is none: what an earlier run said would be taken for this one's."""
    try:
        report = Path(os.environ.get("REPORT") or "reports/pull-request.md").read_text(encoding="utf-8")
    except FileNotFoundError:
        report = NONE.format(link_to_job())
    return MARK + cut(report, f"on {link_to_job()}", LONGEST - len(MARK))


if __name__ == "__main__":
    run(main)
