"""`ageline join`: take part in the training that process 0 runs with `dvc repro`."""

import argparse
import os
import shlex
from pathlib import Path

import yaml

from ageline.errors import AgelineError
from ageline.training.launch import RANK, VARIABLES, Launch, read_launch
from ageline.yaml12 import read_yaml

PIPELINE = "dvc.yaml"
STAGE = "train"


def add_join(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `join` to the command line."""
    join = commands.add_parser(
        "join",
        help="take part in the training that another process runs with `dvc repro`",
        description=(
            "Take part in the training that process 0 runs with `dvc repro`: do what stage train of dvc.yaml does, as"
            f" the process that {RANK} says, and write nothing. docs/scaling.md shows how to start all of them."
        ),
    )
    join.set_defaults(run=_join)


def _join(_: argparse.Namespace) -> int:
    _check_launch(read_launch(os.environ))
    command = shlex.split(read_command())
    try:
        os.execvp(command[0], command)  # noqa: S606, so that signals reach the training itself
    except OSError as error:
        raise AgelineError(f"`{command[0]}` of stage {STAGE} in {PIPELINE} can't be run: {error.strerror}.") from None


def _check_launch(launch: Launch | None) -> None:
    if launch is None:
        raise AgelineError(
            f"{', '.join(VARIABLES)} are not set, so there is no training to join. docs/scaling.md shows how to start"
            " several processes; one alone needs only `dvc repro`."
        )
    if launch.rank == 0:
        raise AgelineError(
            f"{RANK} is 0, and process 0 is the one that runs `dvc repro`; those from 1 to {launch.count - 1} join it."
        )


def read_command() -> str:
    """What stage train of dvc.yaml in the current folder runs.

    Raises:
        AgelineError: there is no such file, or no such stage with a command in one piece.
    """
    try:
        pipeline = read_yaml(Path(PIPELINE).read_text(encoding="utf-8"))
        command = pipeline["stages"][STAGE]["cmd"]
    except FileNotFoundError:
        raise AgelineError(f"{PIPELINE} does not exist in {Path.cwd()}. Run this where the repository is.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise AgelineError(f"{PIPELINE} cannot be read: {error}") from None
    except (KeyError, TypeError):
        raise AgelineError(f"{PIPELINE} has no stage {STAGE} with a cmd, so there is no training to join.") from None
    if not isinstance(command, str) or "${" in command or not command.strip():
        raise AgelineError(
            f"cmd of stage {STAGE} in {PIPELINE} should be one command without ${{...}}, which only DVC fills in,"
            f" received {command!r}."
        )
    return command
