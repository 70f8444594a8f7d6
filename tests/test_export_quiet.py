"""Remarks of converters are held back, and shown where they fail."""

import os
import warnings

import pytest

from ageline.errors import AgelineError
from ageline.export.quiet import quiet


def remark() -> None:
    os.write(2, b"a remark of C++\n")
    warnings.warn("a remark of Python", DeprecationWarning, stacklevel=1)


def convert(error: Exception) -> None:
    with quiet():
        remark()
        raise error


def test_remarks_are_held_back(capfd):
    with quiet():
        remark()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_they_are_shown_where_a_converter_fails(capfd):
    with pytest.raises(ValueError, match="broken"):
        convert(ValueError("broken"))
    assert capfd.readouterr().err == "a remark of C++\n"


def test_an_error_for_people_stands_alone(capfd):
    with pytest.raises(AgelineError):
        convert(AgelineError("too far off"))
    assert capfd.readouterr().err == ""
