"""What ci/report does: the sections of the report, one after the other.

All that a pull request's author chose, which is every param, metric and path and what programs say of them, passes
through `ageline.markdown`.
"""

import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ageline.markdown import block, code, table
from ageline.revisions import short_name

METRICS = "metrics/metrics.json"
WIDTH = 100  # characters
SENTENCES = range(1, 5)  # exit statuses of `ageline` that say something of the run; above them it has crashed
CHECKS = {  # by the id of their step
    "fresh": "`dvc.lock` is fresh: of this code, these params, this data",
    "pushed": "The data that `dvc.lock` names is in the remote",
    "repro": "The pipeline runs",
    "reproduced": "Run again, it gives the committed figures",
    "rescored": "The committed model, scored again, gives the committed figures",
    "gate": "The gate",
}
CONFIRMED = {"rescored": [], "reproduced": ["--retrained"]}  # by step, what `ageline confirm` is asked there
OUTCOMES = {"success": "passed", "failure": "**failed**", "cancelled": "**cancelled**", "skipped": "not reached"}
AGE = (  # on one line each, for a comment of GitHub's keeps the ends of lines
    "`mae` with its 95% interval `mae_low` to `mae_high`, `rmse` and `macro_mae` are in years: lower is better. `bias`,"
    " in years, is best near 0. `cs5` is the share of faces within 5 years: higher is better. `docs/evaluation.md`"
    " defines them all."
)
GENDER = (
    "`accuracy` with its 95% interval `accuracy_low` to `accuracy_high` and `balanced_accuracy`, the mean of the two"
    " genders' accuracies, are shares of the test faces: higher is better. `log_loss`: lower is better."
    " `docs/evaluation.md` defines them all."
)


class PartError(Exception):
    """A program that a part of the report needs failed; the message is what to say of it, in Markdown."""


def main(base: str) -> int:
    """Write the report against `base`, or of this commit alone where it is empty; give the exit status."""
    page: list[str] = []
    status = 0
    try:
        page.extend(sections(base))
    except PartError as error:
        page.append(f"**The report ends here, for a part of it failed.**\n\n{error}")
        status = 1
    write("\n\n".join(page) + "\n")
    return status


def write(text: str) -> None:
    """Write the report into its file, and to the job's page or stdout."""
    file = Path(os.environ.get("REPORT") or "reports/pull-request.md")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    page = os.environ.get("GITHUB_STEP_SUMMARY")
    if page:
        with Path(page).open("a", encoding="utf-8") as opened:
            opened.write(text)
    else:
        print(text, end="")


def sections(base: str) -> Iterator[str]:
    """The parts of the report, in Markdown.

    Raises:
        PartError: git or dvc failed, or `ageline` crashed.
    """
    params, steps = read_params(), read_steps()
    gender = re.search(r"""^target: *["']?gender\b""", params, flags=re.M) is not None
    learned = "Gender from a face: accuracy, higher" if gender else "Age from a face: error in years, lower"
    against = f"against {code(short_name(base))}" if base else "with nothing to compare with"
    yield f"## {learned} is better"
    yield f"Commit {code(short_name(head()))}, {against}."
    if re.search(r"""^ +source: +["']?data/sample["']? *(#|$)""", params, flags=re.M):
        yield (
            "Trained and tested on **synthetic** faces, drawn by code (`data/sample`): the figures show that the"
            " pipeline works, and say nothing about photos of people."
        )
    yield from checks(steps)
    yield from scored_again(steps)
    # Where the pipeline ran again, the figures and hashes at hand are those of this machine.
    committed = "HEAD" if "repro" in steps else ""
    yield gate(base, committed)
    yield metrics(base, committed)
    if base:
        yield params_changed(base)
        of = [f"--head={committed}"] if committed else []
        yield shown(["ageline", "changes", "--markdown", "--base", base, *of], "Stages that changed")
    yield GENDER if gender else AGE


def read_params() -> str:
    """The text of params.yaml; nothing where it can't be read, which the gate says."""
    try:
        return Path("params.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def read_steps() -> Mapping[str, str]:
    """The outcome of each step of this job that has an id: success, failure, cancelled or skipped."""
    steps = json.loads(os.environ.get("STEPS") or "{}")
    return {name: step["outcome"] for name, step in steps.items()}


def head() -> str:
    return os.environ.get("HEAD_SHA") or run_whole(["git", "rev-parse", "HEAD"]).stdout.strip()


def checks(steps: Mapping[str, str]) -> Iterator[str]:
    rows = [[said, OUTCOMES[steps[name]]] for name, said in CHECKS.items() if name in steps]
    if rows:
        yield table(["Check", "Outcome"], rows)


def scored_again(steps: Mapping[str, str]) -> Iterator[str]:
    """Whether the figures of a model that this job scored again, or trained again, are those in the commit."""
    step = next((name for name in CONFIRMED if name in steps), None)
    if step is None and "CONFIRM" not in os.environ:
        return
    heading, outcome = "### The committed figures, checked", steps.get(step or "")
    if outcome in {"skipped", "cancelled"}:
        yield f"{heading}\n\nNot checked: a step before it failed. The figures below are those in the commit."
        return
    words = [*CONFIRMED.get(step or "", []), *shlex.split(os.environ.get("CONFIRM", ""))]
    done = run(["ageline", "confirm", "HEAD", *words])
    said = said_by(done)
    if done.returncode == 1:
        of = "in the commit" if step == "reproduced" else "that came out here"
        said += f"\n\n**The committed figures don't hold.** What follows is of those {of}."
    if outcome == "failure" and done.returncode == 0:  # the commit's own files, which agree with themselves
        said = "Not checked: the model could not be scored again, and its step on the job's page says why."
    yield f"{heading}\n\n{said}"


def gate(base: str, committed: str) -> str:
    """The verdict, or why there is none."""
    accept = ["--accept-test-change"] if os.environ.get("ACCEPT_TEST_CHANGE") == "true" else []
    revisions = [f"--{name}={rev}" for name, rev in (("base", base), ("head", committed)) if rev]
    done = run(["ageline", "gate", "--markdown", *revisions, *accept])
    parts = [done.stdout.strip()] if done.stdout.strip() else ["### The gate: can't judge"]
    if done.stderr.strip():
        parts.append(block(wrapped(done.stderr)))
    if done.returncode == 3 and "ACCEPT_TEST_CHANGE" in os.environ:
        parts.append(
            "Where that is meant, somebody who may triage gives the pull request the label `accept-test-change`."
        )
    return "\n\n".join(parts)


def metrics(base: str, committed: str) -> str:
    if not base:
        rows = [[code(name), number(value)] for name, value in metrics_of(committed).items()]
        return f"### Metrics\n\n{table(['Metric', 'Value'], rows, 1) if rows else 'None that can be read.'}"
    # Of metrics.json alone: what training took is in no commit.
    changed, said = diff("metrics", [base, committed], "--all", "--targets", METRICS)
    in_order = dict.fromkeys([*metrics_of(committed), *sorted(changed)])  # DVC gives them in any
    rows = [
        [code(name), number(changed[name]["old"]), number(changed[name]["new"]), number(changed[name].get("diff"), "+")]
        for name in in_order
        if name in changed
    ]
    shown = table(["Metric", "Before", "After", "Change"], rows, 3) if rows else "None on either side."
    return f"### Metrics, against {code(short_name(base))}\n\n{shown}{said}"


def params_changed(base: str) -> str:
    changed, said = diff("params", [base])
    rows = [[code(name), setting(values["old"]), setting(values["new"])] for name, values in sorted(changed.items())]
    heading = f"### Params, against {code(short_name(base))}"
    if not rows:
        return f"{heading}\n\nNone changed.{said}"
    return f"{heading}, empty where null or not there\n\n{table(['Param', 'Before', 'After'], rows)}{said}"


def diff(kind: str, revisions: Sequence[str], *options: str) -> tuple[dict[str, dict[str, Any]], str]:
    """What DVC finds changed, by name, as old, new and diff; and what it remarks, in Markdown.

    It takes a file that it can't read for an empty one, and a remark is all that tells.

    Raises:
        PartError: it failed.
    """
    done = run_whole(["dvc", kind, "diff", "--json", *options, "--", *filter(None, revisions)])
    found = {name: values for file in json.loads(done.stdout).values() for name, values in file.items()}
    return found, f"\n\n{block(wrapped(done.stderr))}" if done.stderr.strip() else ""


def metrics_of(committed: str) -> dict[str, Any]:
    """What metrics.json holds, at hand or in a commit, in its order; nothing if it can't be read, as the gate says."""
    show = ["git", "show", f"{committed}:{METRICS}"]
    try:
        text = run_whole(show).stdout if committed else Path(METRICS).read_text(encoding="utf-8")
        values = json.loads(text)
    except (PartError, OSError, ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def number(value: Any, sign: str = "") -> str:
    """A metric with the 4 decimals that metrics.json has, as text that is safe whatever it is."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return code(str(value))
    rounded = round(value, 4) + 0  # which turns -0.0 into 0.0
    return f"{rounded:{sign if rounded else ''}{'' if isinstance(value, int) else '.4f'}}"


def setting(value: Any) -> str:
    """A param's value; DVC gives the same for null as for a key that is not there."""
    if value is None:
        return ""
    return code(value if isinstance(value, str) and value.strip() else json.dumps(value, ensure_ascii=False))


def shown(command: list[str], heading: str) -> str:
    """The Markdown that a command prints, or below the heading why it prints none."""
    done = run(command)
    return done.stdout.strip() if done.returncode == 0 else f"### {heading}\n\n{said_by(done)}"


def said_by(done: "subprocess.CompletedProcess[str]") -> str:
    return block("\n".join(wrapped(text) for text in (done.stdout, done.stderr) if text.strip()))


def wrapped(text: str) -> str:
    """The text in lines that fit under a pull request, for a block of code has no other."""
    lines = text.strip().splitlines()
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False) for line in lines)


def run(command: list[str]) -> "subprocess.CompletedProcess[str]":
    """A command of ageline's, whose exit statuses say something.

    Raises:
        PartError: it crashed.
    """
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", errors="replace")
    # An exception that nobody expected ends Python with 1, as a verdict may.
    if (done.returncode and done.returncode not in SENTENCES) or "Traceback (most recent call last)" in done.stderr:
        raise failure(command, done)
    return done


def run_whole(command: list[str]) -> "subprocess.CompletedProcess[str]":
    """A command of git's or dvc's.

    Raises:
        PartError: it failed.
    """
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", errors="replace")
    if done.returncode:
        raise failure(command, done)
    return done


def failure(command: list[str], done: "subprocess.CompletedProcess[str]") -> PartError:
    print(done.stderr, file=sys.stderr, end="")
    return PartError(f"{code(shlex.join(command))} failed with exit status {done.returncode}:\n\n{said_by(done)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
