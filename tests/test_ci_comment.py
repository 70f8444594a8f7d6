"""ci/comment against the comments of GitHub's REST API, answered over HTTP."""

import pytest
from github_api import BOT, REPOSITORY, GitHubApi
from small_pipeline import Scripts

PERSON = {"login": "ada", "type": "User"}
MARK = "<!-- ageline -->"
KEY = "t0ken"


@pytest.fixture
def api():
    with GitHubApi(token=KEY) as running:
        yield running


@pytest.fixture
def project(tmp_path, monkeypatch, api):
    """A repository with a report, in the environment of a job of pull request 7."""
    made = Scripts(tmp_path / "repository", monkeypatch)
    made.write("reports/pull-request.md", "## Age from a face\n\nBetter.\n")
    given = {"GITHUB_API_URL": api.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": KEY, "PULL_REQUEST": "7"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("NO_PROXY", "*")
    return made


def bodies(api: GitHubApi) -> list[str]:
    return [comment["body"] for comment in api.comments]


def test_the_first_report_is_a_comment(project, api):
    assert project.run("ci/comment") == "The comment on pull request 7 is written.\n"
    assert bodies(api) == [f"{MARK}\n## Age from a face\n\nBetter.\n"]
    assert api.comments[0]["issue"] == 7


def test_the_next_report_is_the_same_comment_edited(project, api):
    project.run("ci/comment")
    project.write("reports/other.md", "Worse: 5.9 > 5.7 ✗\n")
    assert project.ci("ci/comment", REPORT="reports/other.md").stdout == "The comment on pull request 7 is edited.\n"
    assert bodies(api) == [f"{MARK}\nWorse: 5.9 > 5.7 ✗\n"]


def test_the_comment_is_found_on_the_third_page(project, api):
    for number in range(200):
        api.add_comment(7, f"Comment {number}", PERSON)
    own = api.add_comment(7, f"{MARK}\nOld.", BOT)
    api.add_comment(7, "The last one", PERSON)
    project.run("ci/comment")
    assert own["body"].endswith("Better.\n")
    assert len(api.comments) == 202


def test_who_quotes_a_report_is_not_edited(project, api):
    api.add_comment(7, f"{MARK}\nI quote it, mark and all.", PERSON)
    api.add_comment(7, f"> {MARK}\n\nA bot that answers.", BOT)
    api.add_comment(8, f"{MARK}\nOf another pull request.", BOT)
    project.run("ci/comment")
    assert len(api.comments) == 4
    assert bodies(api)[3].endswith("Better.\n")


def test_what_an_earlier_run_said_is_taken_back_where_there_is_no_report(project, api, monkeypatch):
    project.run("ci/comment")
    (project.folder / "reports/pull-request.md").unlink()
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_RUN_ID", "99")
    project.run("ci/comment")
    assert bodies(api) == [
        f"{MARK}\n## No report\n\nA step before it failed. Its output is on"
        " [the job's page](https://github.com/team/faces/actions/runs/99).\n"
    ]


def test_a_report_that_is_too_long_is_cut_and_says_so_first(project, api):
    project.write("reports/pull-request.md", "```text\n" + 40_000 * "1\n" + "```\n")
    project.run("ci/comment")
    (body,) = bodies(api)
    assert body.startswith(
        f"{MARK}\n**This is the beginning of a report that is too long for GitHub."
        " All of it is on the job's page.**\n\n```text\n1\n"
    )
    assert 65_000 < len(body) <= 65_536
    assert body.endswith("\n1")


def test_a_report_of_just_the_greatest_length_is_whole(project, api):
    room = 65_536 - len(f"{MARK}\n")
    project.write("reports/pull-request.md", room * "x")
    project.run("ci/comment")
    assert bodies(api) == [f"{MARK}\n{room * 'x'}"]


def test_characters_that_count_twice_do(project, api):
    project.write("reports/pull-request.md", 1000 * (39 * "😀" + "\n"))
    project.run("ci/comment")
    (body,) = bodies(api)
    assert len(body.encode("utf-16-le")) / 2 <= 65_536
    assert body.endswith(39 * "😀")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"GITHUB_TOKEN": "expired"},
            "error: GitHub answered 401 to GET issues/7/comments?per_page=100&page=1: Bad credentials. The token is",
        ),
        (
            {"GITHUB_REPOSITORY": "team/other"},
            "error: GitHub answered 404 to GET issues/7/comments?per_page=100&page=1: Not Found. The token may not see",
        ),
        ({"PULL_REQUEST": "7/../8"}, "error: PULL_REQUEST is '7/../8', expected the number of a pull request.\n"),
        ({"PULL_REQUEST": ""}, "error: PULL_REQUEST is not in the environment. A step in .github/workflows/ shows"),
        ({"GITHUB_TOKEN": ""}, "error: GITHUB_TOKEN is not in the environment."),
        ({"GITHUB_API_URL": "file:///etc"}, "error: GITHUB_API_URL is file:///etc, expected one such as https://api."),
        ({"GITHUB_API_URL": "http://127.0.0.1:1"}, "error: GET http://127.0.0.1:1/repos/team/faces/issues/7/comments"),
    ],
)
def test_what_goes_wrong_is_a_sentence_with_a_remedy(project, api, given, message):
    done = project.ci("ci/comment", **given)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(message)
    assert len(done.stderr.splitlines()) == 1
    assert api.comments == []


def test_a_token_that_may_only_read_is_told_from_others(project, api, monkeypatch):
    said = {"message": "Resource not accessible by integration"}
    answer = api.answer
    monkeypatch.setattr(api, "answer", lambda method, *rest: answer(method, *rest) if method == "GET" else (403, said))
    done = project.ci("ci/comment")
    assert done.returncode == 1
    assert done.stderr == (
        "error: GitHub answered 403 to POST issues/7/comments: Resource not accessible by integration. The token may"
        " not do that: the job needs the permission in its `permissions:`, and a pull request from a fork never has"
        " it.\n"
    )
