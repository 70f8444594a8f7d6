"""How a command ends."""

from pathlib import Path

import pytest

from ageline.errors import AgelineError, run


def fail() -> None:
    raise AgelineError("the label of a.jpg is no age.\nMend labels.csv.")


def fill_the_disk() -> None:
    raise OSError(28, "No space left on device", "models/model.keras")


def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("main", "status"),
    [(lambda: None, None), (lambda: 0, 0), (lambda: 3, 3), (fail, 1), (fill_the_disk, 1), (interrupt, 130)],
)
def test_a_command_ends_with_its_status(main, status):
    with pytest.raises(SystemExit) as exit_:
        run(main)
    assert exit_.value.code == status


def test_an_error_is_its_message_without_a_traceback(capsys):
    with pytest.raises(SystemExit):
        run(fail)
    assert capsys.readouterr() == ("", "error: the label of a.jpg is no age.\nMend labels.csv.\n")


def test_a_full_disk_is_a_sentence_with_the_remedy(capsys):
    with pytest.raises(SystemExit):
        run(fill_the_disk)
    assert capsys.readouterr().err == (
        "error: models/model.keras can't be written: No space left on device. Make room, or write elsewhere, and run"
        " again.\n"
    )


def test_another_error_of_the_system_names_its_file(capsys):
    with pytest.raises(SystemExit):
        run(lambda: Path("/nowhere/a.csv").read_text())
    assert capsys.readouterr().err == "error: [Errno 2] No such file or directory: '/nowhere/a.csv'\n"


def name_strangely() -> None:
    raise AgelineError("\x1b[2J\u202egpj.😀 é.jpg is no photo.\nMend it.")


def test_a_name_can_not_steer_the_terminal(capsys):
    with pytest.raises(SystemExit):
        run(name_strangely)
    assert capsys.readouterr().err == "error: \\x1b[2J\\u202egpj.😀 é.jpg is no photo.\nMend it.\n"


def test_a_mistake_in_the_code_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)
