"""GitHub's REST API, as far as a job needs it: https://docs.github.com/rest. Of the standard library alone.

In the environment, where a job of GitHub Actions has the first two by itself:
    GITHUB_API_URL      https://api.github.com, or a company's own
    GITHUB_REPOSITORY   owner/name
    GITHUB_TOKEN        what the workflow hands over
"""

import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any

LONGEST = 65_536  # characters of a comment, or of what a pull request says of itself
_PAGE = 100  # entries, the most that GitHub gives at once
_SECONDS = 30


class GitHubError(Exception):
    """What went wrong with GitHub, or with what a step handed over; a sentence with its remedy."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status  # of HTTP, where GitHub answered


def call(method: str, path: str, content: dict[str, Any] | None = None) -> Any:
    """What GitHub answers to a request about this repository.

    Args:
        method: of HTTP.
        path: below the repository, such as "issues/7/comments".
        content: to be sent.

    Raises:
        GitHubError: GitHub refuses it, or can't be reached.
    """
    url = f"{required('GITHUB_API_URL')}/repos/{required('GITHUB_REPOSITORY')}/{path}"
    if not url.startswith(("https://", "http://")):
        raise GitHubError(
            f"GITHUB_API_URL is {required('GITHUB_API_URL')}, expected one such as https://api.github.com."
        )
    headers = {
        "Accept": "application/vnd.github+json",
        "Authorization": f"Bearer {required('GITHUB_TOKEN')}",
        "Content-Type": "application/json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310, an http URL
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise _refused(method, path, error) from None
    except (OSError, HTTPException, ValueError) as error:
        raise GitHubError(f"{method} {url} got no answer of GitHub's: {error}. Run this job again.") from None


def entries(path: str) -> Iterator[dict[str, Any]]:
    """All entries of a list, such as "issues/7/comments", page by page."""
    page = 1
    while True:
        found = call("GET", f"{path}?per_page={_PAGE}&page={page}")
        yield from found
        if len(found) < _PAGE:
            return
        page += 1


def cut(text: str, where: str, room: int = LONGEST) -> str:
    """The text, or if it has more characters than `room` its beginning, and where all of it is."""
    # Two bytes each, or four of most emoji, which GitHub may count as two characters.
    whole = text.encode("utf-16-le")
    if len(whole) <= 2 * room:
        return text
    # At the top, for the end may lie in the midst of a table or a block of code.
    told = f"**This is the beginning of a report that is too long for GitHub. All of it is {where}.**\n\n"
    kept = whole[: 2 * (room - len(told))].decode("utf-16-le", errors="ignore")
    return told + kept.rsplit("\n", 1)[0]


def link_to_job() -> str:
    """Markdown that leads to the page of the workflow run at hand; plain words outside of one."""
    parts = [os.environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return "the job's page" if not all(parts) else "[the job's page]({}/{}/actions/runs/{})".format(*parts)


def required(name: str) -> str:
    """The value of an environment variable.

    Raises:
        GitHubError: it is missing or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise GitHubError(f"{name} is not in the environment. A step in .github/workflows/ shows what is handed over.")
    return value


def run(main: Callable[[], None]) -> None:
    """Run a script and exit: a problem is its sentence on stderr and status 1."""
    try:
        main()
    except GitHubError as error:
        sys.exit(f"error: {error}")


def _refused(method: str, path: str, error: urllib.error.HTTPError) -> GitHubError:
    said = _said(error)
    remedies = {
        401: "The token is none, or has expired: hand over a valid one as GITHUB_TOKEN.",
        403: "The token may not do that: the job needs the permission in its `permissions:`, and a pull request from a"
        " fork never has it.",
        404: "The token may not see that, or it is not there: look at GITHUB_REPOSITORY and the number or branch.",
    }
    remedy = remedies.get(error.code, "Run this job again; https://www.githubstatus.com tells whether GitHub is well.")
    if error.code == 422:
        remedy = "Mend what it names, then run this again."
    return GitHubError(f"GitHub answered {error.code} to {method} {path}: {said}. {remedy}", error.code)


def _said(error: urllib.error.HTTPError) -> str:
    """The reason in an answer of GitHub's, which is JSON with `message` and maybe `errors`."""
    try:
        answer = json.loads(error.read())
        more = [str(one.get("message") or one) for one in answer.get("errors", [])]
        said = ": ".join([str(answer["message"]), *more])
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        said = str(error.reason)
    return said.strip().rstrip(".").encode("unicode_escape").decode()
