"""`ageline`, as one types it."""

import pytest

from ageline.cli import main


@pytest.mark.parametrize(
    ("arguments", "status", "printed"),
    [
        (["--version"], 0, "ageline 0."),
        (["--help"], 0, "gate"),
        (["gate", "--help"], 0, "--base REV"),
        (["predict", "--help"], 0, "--annotate DIR"),
        (["data", "--help"], 0, "check"),
        (["recipe", "--help"], 0, "run a recipe as an experiment of DVC"),
        (["recipe", "run", "--help"], 0, "--budget {smoke}"),
        (["data", "check", "--help"], 0, "--pattern REGEX"),
        ([], 2, ""),
        (["data"], 2, ""),
        (["recipe"], 2, ""),
        (["recipe", "run", "A5", "--queue", "--temp"], 2, ""),
    ],
)
def test_help(arguments, status, printed, capsys):
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == status
    assert printed in capsys.readouterr().out
