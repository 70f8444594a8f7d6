"""What ci/pull-request does once the branch is pushed: a pull request with the report, or its text anew."""

import os
from pathlib import Path
from typing import Any

from ageline.markdown import code
from github import GitHubError, call, cut, entries, link_to_job, required, run

NOT_STARTED = (
    "**The checks of this pull request have not started**: it was opened with the token of a workflow, for which GitHub"
    " starts none. Close it and open it again. A secret PULL_REQUEST_TOKEN would spare you that (train.yml)."
)


def main() -> None:
    """Open the pull request, or give one that is open already this text."""
    branch = f"train/{required('NAME')}"
    content = {"title": f"Train {required('NAME')}", "head": branch, "base": required("BASE"), "body": body()}
    try:
        opened = call("POST", "pulls", content)
    except GitHubError as error:
        opened = edit_open_one(branch, content) if error.status == 422 else None
        if opened is None:
            raise GitHubError(f"{error}{_more(error)}") from None
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        with Path(page).open("a", encoding="utf-8") as file:
            file.write(f"\nPull request: {opened['html_url']}\n")
    print(opened["html_url"])


def edit_open_one(branch: str, content: dict[str, Any]) -> Any | None:
    """The pull request of an earlier run of the same job, with this text; None where there is none."""
    for one in entries("pulls"):
        if one["head"]["ref"] == branch and one["head"]["repo"]["full_name"] == required("GITHUB_REPOSITORY"):
            return call("PATCH", f"pulls/{one['number']}", {"title": content["title"], "body": content["body"]})
    return None


def body() -> str:
    """Who made it, on which params, and the report."""
    overrides = " ".join(code(word) for word in os.environ.get("OVERRIDES", "").split())
    parts = [f"Trained by hand, see {link_to_job()}, with {overrides or 'the params as they are'}."]
    if os.environ.get("STARTS_CHECKS") != "true":
        parts.append(NOT_STARTED)
    report = Path(os.environ.get("REPORT") or "reports/pull-request.md")
    if report.exists():
        parts.append(report.read_text(encoding="utf-8"))
    return cut("\n\n".join(parts), f"on {link_to_job()}")


def _more(error: GitHubError) -> str:
    if error.status != 403:
        return ""
    return (
        " For a workflow's own token, the repository's settings must also have, under Actions, General, \"Allow GitHub"
        ' Actions to create and approve pull requests".'
    )


if __name__ == "__main__":
    run(main)
