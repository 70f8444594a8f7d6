"""A small part of GitHub's REST API, answered over HTTP by this process: comments on issues, and pull requests.

with GitHubApi(token="...") as api:
    api.url        # what GITHUB_API_URL is to be
    api.comments   # those of all issues, in the order in which they were made
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "team/faces"
_START = f"/repos/{REPOSITORY}/"
BOT = {"login": "github-actions[bot]", "type": "Bot"}


class GitHubApi:
    """What it holds, and the server that answers from it while the `with` lasts.

    Attributes:
        comments: as the API shows them, each with the number of its issue.
        pulls: pull requests as the API shows them.
        asked: each request, as "METHOD path: status".
    """

    def __init__(self, token: str) -> None:
        self.token = token
        self.comments: list[dict[str, Any]] = []
        self.pulls: list[dict[str, Any]] = []
        self.asked: list[str] = []
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "GitHubApi":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add_comment(self, issue: int, body: str, user: dict[str, str]) -> dict[str, Any]:
        made = {"id": 1000 + len(self.comments), "issue": issue, "body": body, "user": user}
        self.comments.append(made)
        return made

    def of_bot(self, issue: int) -> list[str]:
        """The bodies of what workflows have commented on a pull request."""
        return [made["body"] for made in self.comments if made["issue"] == issue and made["user"] == BOT]

    def answer(self, method: str, path: str, sent: dict[str, Any]) -> tuple[int, Any]:
        """The status and the body of an answer; `path` is what follows the repository."""
        match [method, *path.strip("/").split("/")]:
            case ["GET", "issues", issue, "comments"]:
                return 200, [made for made in self.comments if made["issue"] == int(issue)]
            case ["POST", "issues", issue, "comments"]:
                return 201, self.add_comment(int(issue), sent["body"], BOT)
            case ["PATCH", "issues", "comments", number]:
                found = [made for made in self.comments if made["id"] == int(number)]
                for made in found:
                    made["body"] = sent["body"]
                return (200, found[0]) if found else (404, {"message": "Not Found"})
            case ["GET", "pulls"]:
                return 200, self.pulls
            case ["POST", "pulls"]:
                return self._open(sent)
            case ["PATCH", "pulls", number]:
                self.pulls[int(number) - 1] |= sent
                return 200, self.pulls[int(number) - 1]
        return 404, {"message": "Not Found"}

    def _open(self, sent: dict[str, Any]) -> tuple[int, Any]:
        if any(pull["head"]["ref"] == sent["head"] for pull in self.pulls):
            said = f"A pull request already exists for team:{sent['head']}."
            return 422, {"message": "Validation Failed", "errors": [{"message": said}]}
        number = len(self.pulls) + 1
        address = {"number": number, "html_url": f"https://github.com/{REPOSITORY}/pull/{number}"}
        head = {"ref": sent["head"], "repo": {"full_name": REPOSITORY}}
        self.pulls.append(sent | address | {"head": head, "base": {"ref": sent["base"]}})
        return 201, self.pulls[-1]


class _Handler(BaseHTTPRequestHandler):
    api: GitHubApi

    def _do(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = self._answer(parts.path, json.loads(sent) if sent else {})
        self.api.asked.append(f"{self.command} {parts.path.removeprefix(_START)}: {status}")
        link = ""
        if isinstance(body, list):
            body, link = self._page(body, parts.path, query)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        if link:
            self.send_header("Link", link)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = _do  # noqa: N815 # the names that http.server calls

    def _answer(self, path: str, sent: dict[str, Any]) -> tuple[int, Any]:
        if self.headers.get("Authorization") not in {f"Bearer {self.api.token}", f"token {self.api.token}"}:
            return 401, {"message": "Bad credentials"}
        if not path.startswith(_START):
            return 404, {"message": "Not Found"}
        return self.api.answer(self.command, path.removeprefix(_START), sent)

    def _page(self, listed: list[Any], path: str, query: dict[str, str]) -> tuple[list[Any], str]:
        """Part of a list, and the header that names the next part: 30 at a time, and 100 at most, as GitHub does."""
        size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
        after = (
            f'<{self.api.url}{path}?per_page={size}&page={page + 1}>; rel="next"' if len(listed) > size * page else ""
        )
        return listed[size * (page - 1) : size * page], after

    def log_message(self, *_: object) -> None:
        """Says nothing of each request; a test shows what it holds."""
