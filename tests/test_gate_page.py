"""The verdict for a pull request, and for a program."""

import json

import pytest
from repository import AGES, run_of

from ageline.gate.page import as_json, as_markdown
from ageline.gate.runs import read_run
from ageline.gate.verdict import Verdict, judge

BASE = run_of([5.0] * 480)
WORSE_TEENS = run_of([4.7 if age != 15 else 7.0 for age in AGES] * 60)


@pytest.fixture
def verdict(make_params):
    params = make_params({"gate.limit": 8.0})

    def of(here: dict[str, str], base: dict[str, str] | None, accepted: bool = False) -> Verdict:
        runs = [None if files is None else read_run(files.get, "mae", "", "") for files in (here, base)]
        return judge(*runs, params.gate, params.evaluate, base_name="main", accepted=accepted)

    return of


def test_a_page_gives_the_reason_and_the_error_by_age_before_and_after(verdict):
    assert as_markdown(verdict(WORSE_TEENS, BASE), ["gate.limit is 8.0 here and was 7.0 at main."]) == (
        "### The gate: stopped\n"
        "\n"
        "- mae of ages 13-17 is 2.00 years worse than at main on the same 60 faces: more than the tolerance of 0.50"
        " (gate.bin_tolerance; p = 0.004 by Holm's correction for 8 bins).\n"
        "- gate.limit is 8.0 here and was 7.0 at main.\n"
        "\n"
        "#### Error by age, years, on the 480 faces of both: lower is better\n"
        "\n"
        "| Age | Faces | Before | After | Change | Verdict |\n"
        "|:--|--:|--:|--:|--:|:--|\n"
        "| 0-12 | 60 | 5.00 | 4.70 | -0.30 | passed |\n"
        "| 13-17 | 60 | 5.00 | 7.00 | +2.00 | **worse**, p = 0.004 |\n"
        "| 18-24 | 60 | 5.00 | 4.70 | -0.30 | passed |\n"
        "| 25-34 | 60 | 5.00 | 4.70 | -0.30 | passed |\n"
        "| 35-44 | 60 | 5.00 | 4.70 | -0.30 | passed |\n"
        "| 45-59 | 60 | 5.00 | 4.70 | -0.30 | passed |\n"
        "| 60-69 | 60 | 5.00 | 4.70 | -0.30 | passed |\n"
        "| 70+ | 60 | 5.00 | 4.70 | -0.30 | passed |\n"
        "| all | 480 | 5.00 | 4.99 | -0.01 | passed |"
    )


def test_a_first_run_shows_the_error_as_it_is(verdict):
    page = as_markdown(verdict(run_of([6.0] * 8), None))
    assert page.startswith("### The gate: passed\n\n- mae 6.00 years")
    assert (
        "#### Error by age, years, here: lower is better\n\n| Age | Faces | Error |\n|:--|--:|--:|\n| 0-12 | 1 | 6.00 |"
        in page
    )


def test_a_changed_fold_is_listed_and_carries_nothing_into_the_page(verdict):
    here = {path: text.replace("face001", "<img src=x>").replace("face002,20.0,25.0", "face002,19.0,24.0")
            for path, text in BASE.items()}  # fmt: skip
    page = as_markdown(verdict(here, BASE))
    assert page.startswith("### The gate: waits for `--accept-test-change`\n")
    assert page.endswith(
        "<details><summary>Faces of the test fold that changed</summary>\n"
        "\n"
        "Added: `?img?src?x?`.\n"
        "\n"
        "Removed: `face001`.\n"
        "\n"
        "Relabelled: `face002` 20.0 before, 19.0 after.\n"
        "\n"
        "</details>"
    )


def test_a_program_reads_the_same(verdict):
    found = json.loads(json.dumps(as_json(verdict(WORSE_TEENS, BASE), ["A note."])))
    assert (found["status"], found["passed"], found["notes"]) == (1, False, ["A note."])
    assert len(found["reasons"]) == 1
    assert found["metric"] == {"name": "mae", "value": 4.9875, "interval": [4.9204, 5.0594], "faces": 480}
    assert found["base"] == {"revision": "main", "value": 5.0}
    assert found["comparison"]["worse_by"] == -0.0125
    assert [group["group"] for group in found["groups"] if group["worse"]] == ["13-17"]
    assert found["groups"][1] == {
        "group": "13-17", "faces": 60, "base": 5.0, "here": 7.0, "worse_by": 2.0, "at_least": 2.0,
        "p": 0.0005, "p_holm": 0.004, "judged": True, "worse": True,
    }  # fmt: skip
    assert found["test_change"] == {"accepted": False, "added": [], "removed": [], "relabelled": {}}


def test_a_program_reads_of_a_first_run_that_there_is_nothing_to_compare(verdict):
    found = as_json(verdict(run_of([6.0] * 8), None))
    assert (found["status"], found["comparison"], found["test_change"]) == (0, None, None)
    assert found["base"] == {"revision": "main", "value": None}
    assert found["groups"][0] == {"group": "0-12", "faces": 1, "p_holm": None, "judged": False, "worse": False}
