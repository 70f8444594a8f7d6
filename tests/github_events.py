"""What `github` holds in a workflow, by the event that started it; what GitHub would leave empty is None.

As much of it as the workflows here name: of all else tests/workflow.py says that it is not there.
"""

from collections.abc import Sequence
from typing import Any

from github_api import REPOSITORY

FORK = "stranger/faces"
_OF_REPOSITORY = {"default_branch": "main"}


def pull_request(
    number: int, base: str, head: str, *, of: str = REPOSITORY, labels: Sequence[str] = ()
) -> dict[str, Any]:
    """Of a pull request.

    Args:
        number: its.
        base: the commit that it wants to go into.
        head: its last commit.
        of: the repository of its branch.
        labels: their names.
    """
    described = {
        "number": number,
        "base": {"sha": base},
        "head": {"sha": head, "repo": {"full_name": of}},
        "labels": [{"name": label} for label in labels],
    }
    event = {"pull_request": described, "before": None, "repository": _OF_REPOSITORY}
    return {"event_name": "pull_request", "event": event, "repository": REPOSITORY}


def push(before: str) -> dict[str, Any]:
    """Of commits to a branch that stood at `before`."""
    event = {"pull_request": None, "before": before, "repository": _OF_REPOSITORY}
    return {"event_name": "push", "event": event, "repository": REPOSITORY}


def by_hand() -> dict[str, Any]:
    event = {"pull_request": None, "before": None, "repository": _OF_REPOSITORY}
    return {"event_name": "workflow_dispatch", "event": event, "repository": REPOSITORY, "ref_name": "main"}
