"""The workflows, rehearsed: their `run:` steps, as the files have them, in fresh clones of pull requests.

Git, DVC, make and the API are real, if small and on this machine; tests/workflow.py reads the files and stands in for
GitHub's runner. Left out is what runs the test suite itself.
"""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from github_api import GitHubApi
from github_events import by_hand, pull_request
from pull_requests import PULLS, Team, make_team, merge_ref
from runner_machine import Machine
from workflow import Ran, Runner, Workflow, read_workflow

pytestmark = pytest.mark.long
FILES = Path(__file__).parent.parent / ".github/workflows"
TOKEN = "a-token-of-this-job"  # noqa: S105
MODEL_STEPS = [  # of check.yml
    "make setup",
    "See that dvc.lock is of this code, these params and this data",
    "Run the pipeline again",
    "See that it gives the committed figures",
    "Let the gate decide",
    "Report on the job's page",
]
METRICS_STEPS = [
    "make setup",
    "Let DVC into its remote",
    "See that the data is pushed",
    "Score the committed model again",
    "Let the gate decide",
    "Report on the job's page",
    "Put the report under the pull request",
]
TRAIN_STEPS = [
    "make setup LOCK=requirements/cuda.lock",
    "Let DVC into its remote",
    "Train, and push data and run cache",
    "Report on the job's page",
    "Push the branch and open the pull request",
    "Leave no credentials on the machine",
]


def runs_the_suite(command: str) -> bool:
    return re.search(r"\bmake\b.* (check|test)\b", command) is not None


class Rehearsed(NamedTuple):
    """What became of a workflow's steps with a command, what it left on the job's page, and in its last clone."""

    ran: list[Ran]
    page: str
    clone: Path

    @property
    def statuses(self) -> dict[str, int | None]:
        return {step: status for step, status, _ in self.ran}

    def output(self, step: str) -> str:
        (found,) = [ran.output for ran in self.ran if ran.step == step]
        return found


class Rehearsal:
    """Runs workflows for a team, against one API, on machines with one home."""

    def __init__(self, team: Team, api: GitHubApi, folder: Path) -> None:
        self.team, self.api, self.folder = team, api, folder
        (folder / "home").mkdir()

    def run(self, workflow: Workflow, name: str, ref: str, context: dict[str, Any]) -> Rehearsed:
        """All jobs of a workflow, one after the other, each on a machine of its own."""
        ran, page = [], ""
        for number, job in enumerate(workflow.jobs.values()):
            matrix = job.keys.get("strategy", {}).get("matrix", {})
            machine = Machine(self.folder / f"{name}-{number}", self.team.hub, ref, self.folder / "home")
            runner = Runner(
                machine.workspace,
                context | {"matrix": {key: values[0] for key, values in matrix.items()}},
                machine.environment(GITHUB_API_URL=self.api.url),
                {"actions/checkout": machine.checkout, "actions/setup-python": lambda _: None},
                runs_the_suite,
            )
            ran += runner.run(job)
            page += runner.summary
        return Rehearsed(ran, page, machine.workspace)

    def event(self, branch: str) -> dict[str, Any]:
        """Of the worse model GitHub gives an old base, as where main went on after the pull request was opened."""
        base = self.team.commit_of("origin/main~1" if branch == "worse" else "origin/main")
        return pull_request(PULLS[branch], base, self.team.commit_of(f"origin/{branch}"))

    def check(self, branch: str) -> Rehearsed:
        """check.yml as a fork has it too: without secrets, variables or a token, which it must not even name."""
        context = {"github": self.event(branch)}
        return self.run(read_workflow(FILES / "check.yml"), f"check-{branch}", merge_ref(branch), context)

    def metrics(self, branch: str, after: "Future[Rehearsed] | None" = None) -> Rehearsed:
        """metrics.yml; `after` is the run for an earlier state of the same pull request."""
        if after is not None:
            after.result()
        context = {
            "github": self.event(branch) | {"token": TOKEN},
            "secrets": {"DVC_CONFIG_LOCAL": self.team.config_local},
            "vars": {"DVC_REMOTE": "storage"},
        }
        return self.run(read_workflow(FILES / "metrics.yml"), f"metrics-{branch}", merge_ref(branch), context)

    def train(self) -> Rehearsed:
        context = {
            "github": by_hand() | {"token": TOKEN},
            "inputs": {"name": "seed-2", "overrides": "train.seed=2 train.max_epochs=1"},
            "secrets": {"DVC_CONFIG_LOCAL": self.team.config_local, "PULL_REQUEST_TOKEN": None},
            "vars": {"DVC_REMOTE": "storage"},
        }
        return self.run(read_workflow(FILES / "train.yml"), "train", "refs/heads/main", context)


@pytest.fixture(scope="module")
def team(tmp_path_factory) -> Team:
    return make_team(tmp_path_factory.mktemp("team"))


@pytest.fixture(scope="module")
def api() -> Iterator[GitHubApi]:
    """With a pull request under which people have talked for two pages, one of them about the comment of ci/comment."""
    with GitHubApi(TOKEN) as made:
        made.add_comment(PULLS["edited"], "<!-- ageline -->\n> passed\n\nReally?", {"login": "eve", "type": "User"})
        for number in range(120):
            made.add_comment(PULLS["edited"], f"Remark {number}", {"login": "bob", "type": "User"})
        yield made


@pytest.fixture(scope="module")
def rehearsed(team, api, tmp_path_factory) -> Iterator[dict[str, "Future[Rehearsed]"]]:
    """Each run of a workflow that the tests look at. Two at a time, since much of each keeps one core busy."""
    rehearsal = Rehearsal(team, api, tmp_path_factory.mktemp("machines"))
    with ThreadPoolExecutor(max_workers=2) as pool:
        edited = pool.submit(rehearsal.metrics, "edited")
        yield {
            "check better": pool.submit(rehearsal.check, "better"),
            "check worse": pool.submit(rehearsal.check, "worse"),
            "train": pool.submit(rehearsal.train),
            "check edited": pool.submit(rehearsal.check, "edited"),
            "metrics better": pool.submit(rehearsal.metrics, "better"),
            "metrics worse": pool.submit(rehearsal.metrics, "worse"),
            "metrics edited": edited,
            "metrics forged": pool.submit(rehearsal.metrics, "forged", edited),
        }
        pool.shutdown(cancel_futures=True)


def test_no_step_is_left_out_but_the_test_suite():
    commands = {
        (path.name, job.name): [step.run for step in job.steps if step.run is not None]
        for path in sorted(FILES.iterdir())
        for job in read_workflow(path).jobs.values()
    }
    left_out = {where: [run for run in runs if runs_the_suite(run)] for where, runs in commands.items()}
    assert {where: runs for where, runs in left_out.items() if runs} == {("check.yml", "test"): ["make check test"]}


def test_a_better_model_passes_every_step(rehearsed):
    checked, scored = rehearsed["check better"].result(), rehearsed["metrics better"].result()
    assert checked.ran[0] == ("make check test", None, "")
    assert checked.statuses == {"make check test": None} | dict.fromkeys(MODEL_STEPS, 0), printed(checked)
    assert scored.statuses == dict.fromkeys(METRICS_STEPS, 0), printed(scored)


@pytest.mark.parametrize("workflow", ["check", "metrics"])
def test_the_report_of_a_better_model_has_the_figures_of_both_commits(workflow, rehearsed, team):
    page = rehearsed[f"{workflow} better"].result().page
    old, new = team.metrics_of("origin/main"), team.metrics_of("origin/better")
    assert new["mae"] < old["mae"] - 0.5
    for metric in ("mae", "mae_low", "mae_high", "rmse"):
        change = f"{new[metric] - old[metric]:+.4f}"
        assert f"| `{metric}` | {old[metric]:.4f} | {new[metric]:.4f} | {change} |" in page
    assert "| `n_test` | 66 | 66 | 0 |" in page
    assert "### The gate: passed\n" in page
    assert "| `train.phases.fine_tune.epochs` | `1` | `30` |" in page
    assert "| Age | Faces | Before | After | Change | Verdict |" in page
    row = re.search(r"^\| all \| 66 \| (.+) \| (.+) \| (-.+) \| passed \|$", page, flags=re.M)
    assert row is not None, page
    assert [float(cell) for cell in row.groups()] == pytest.approx(
        [old["mae"], new["mae"], new["mae"] - old["mae"]], abs=0.006
    )


@pytest.mark.parametrize("branch", ["better", "worse"])
def test_the_report_is_a_comment(branch, rehearsed, api):
    found = rehearsed[f"metrics {branch}"].result()
    assert api.of_bot(PULLS[branch]) == [f"<!-- ageline -->\n{found.page}"]


def test_the_next_run_edits_that_comment_and_no_other(rehearsed, api):
    edited, forged = rehearsed["metrics edited"].result(), rehearsed["metrics forged"].result()
    assert edited.page != forged.page
    assert api.of_bot(3) == [f"<!-- ageline -->\n{forged.page}"]
    about = [asked for asked in api.asked if "issues/3/" in asked or "PATCH" in asked]
    assert [asked.partition("/comments")[0] for asked in about] == [
        "GET issues/3", "GET issues/3", "POST issues/3", "GET issues/3", "GET issues/3", "PATCH issues",
    ]  # fmt: skip
    assert [made["body"] for made in api.comments if made["user"]["login"] == "eve"] == [
        "<!-- ageline -->\n> passed\n\nReally?"
    ]


@pytest.mark.parametrize("workflow", ["check", "metrics"])
def test_a_worse_model_is_stopped_by_the_gate_and_the_report_says_why(workflow, rehearsed, team):
    found = rehearsed[f"{workflow} worse"].result()
    expected = {
        "check": {"make check test": None} | dict.fromkeys(MODEL_STEPS, 0),
        "metrics": dict.fromkeys(METRICS_STEPS, 0),
    }
    assert found.statuses == expected[workflow] | {"Let the gate decide": 1}, printed(found)
    old, new, base = team.metrics_of("origin/main"), team.metrics_of("origin/worse"), team.commit_of("origin/main")
    reason = re.search(
        r"^mae is (\d+\.\d\d) years worse than at ([0-9a-f]{10}) on the same 66 faces, with 95% confidence at least"
        r" (\d+\.\d\d): more than the tolerance of 0\.10 \(gate\.tolerance\)\.$",
        found.output("Let the gate decide"),
        flags=re.M,
    )
    assert reason is not None, printed(found)
    assert float(reason[1]) == pytest.approx(new["mae"] - old["mae"], abs=0.006)
    assert base.startswith(reason[2])
    assert 1.0 < float(reason[3]) < float(reason[1])
    assert f"### The gate: stopped\n\n- {reason[0]}\n" in found.page
    assert "| The gate | **failed** |" in found.page
    assert f"| `mae` | {old['mae']:.4f} | {new['mae']:.4f} |" in found.page


def test_an_edited_metrics_json_is_stopped_where_the_pipeline_runs_again(rehearsed):
    found = rehearsed["check edited"].result()
    assert list(found.statuses.values()) == [None, 0, 1, None, None, None, 0], printed(found)
    assert "error: dvc.lock is stale" in found.output(MODEL_STEPS[1])
    assert "modified:           metrics/metrics.json" in found.output(MODEL_STEPS[1])
    assert "| `dvc.lock` is fresh: of this code, these params, this data | **failed** |" in found.page
    assert "| The gate | not reached |" in found.page


@pytest.mark.parametrize("branch", ["edited", "forged"])
def test_figures_that_no_run_gave_are_stopped_by_scoring_the_model_again(branch, rehearsed, team):
    found = rehearsed[f"metrics {branch}"].result()
    assert found.statuses == dict.fromkeys(METRICS_STEPS, 0) | {
        "Score the committed model again": 1,
        "Let the gate decide": None,
    }, printed(found)
    honest, written = team.metrics_of("origin/main")["mae"], team.metrics_of(f"origin/{branch}")["mae"]
    reason = f"mae is {written} at HEAD and {honest} here: "
    assert reason in found.output("Score the committed model again"), printed(found)
    assert reason in found.page
    assert "| The committed model, scored again, gives the committed figures | **failed** |" in found.page
    assert "| The gate | not reached |" in found.page


def test_a_training_by_hand_ends_in_a_pull_request_whose_data_is_pushed(rehearsed, team, api):
    found = rehearsed["train"].result()
    assert found.statuses == dict.fromkeys(TRAIN_STEPS, 0), printed(found)
    assert [(pull["title"], pull["head"]["ref"], pull["base"]["ref"]) for pull in api.pulls] == [
        ("Train seed-2", "train/seed-2", "main")
    ]
    assert found.page.partition("\n\nPull request: ")[0] in api.pulls[0]["body"]
    ada = team.ada
    ada.run("git", "fetch", "--quiet", "origin")
    ada.run("git", "checkout", "--quiet", "--detach", "origin/train/seed-2")
    assert ada.run("git", "rev-parse", "HEAD~1").strip() == team.commit_of("origin/main")
    assert ada.run("ci/pushed") == "All data that dvc.lock names is in the remote storage.\n"
    assert f"| `mae` | {team.metrics_of('origin/main')['mae']:.4f} | {ada.metrics()['mae']:.4f} |" in found.page
    assert not (found.clone / ".dvc/config.local").exists()


def test_nothing_that_is_printed_or_reported_has_the_token(rehearsed):
    assert [name for name, run in rehearsed.items() if TOKEN in printed(run.result())] == []


def printed(rehearsed: Rehearsed) -> str:
    return "\n".join(f"--- {step}: {status}\n{output}" for step, status, output in rehearsed.ran) + rehearsed.page
