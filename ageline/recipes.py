"""Recipes: published systems and ours, as overrides of params.yaml in files of recipes/.

    recipe = read_recipe("A5")
    values = compose(recipe, read_recipe(QUICK), sections)

A recipe is its overrides on top of `quick`, which holds every key that a recipe may steer with the values that
params.yaml is shipped with. So two runs of a recipe agree in those keys, whatever ran before and stands in params.yaml.
All other keys (where the faces are, how they are split, seeds, engine, limits) stay those of params.yaml.
"""

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from ageline.errors import AgelineError
from ageline.overrides import Sections, Values, flatten, same
from ageline.yaml12 import read_yaml

FOLDER = Path("recipes")
QUICK = "quick"


@dataclass(frozen=True)
class Recipe:
    """A file of recipes/.

    Attributes:
        name: the file's, without .yaml.
        comment: the text that it opens with, without the # of each line.
        overrides: by dotted key.
        text: of the overrides, as the file has them.
    """

    name: str
    comment: str
    overrides: Values
    text: str

    @property
    def summary(self) -> str:
        """What it is, in a sentence: the comment's first line."""
        return self.comment.partition("\n")[0].removeprefix(f"{self.name}: ")

    @property
    def published(self) -> str:
        """The published figure and the fold that it was measured on, or that there is none: a sentence."""
        found = re.search(r"^Published: (.*?\.)(?=\s|$)", self.comment, flags=re.M | re.S)
        return " ".join(found[1].split()) if found else ""


def recipe_names(folder: Path = FOLDER) -> list[str]:
    """The names of all recipes: A2 before A10, `quick` last.

    Raises:
        AgelineError: there is no such folder here.
    """
    if not folder.is_dir():
        raise AgelineError(f"{folder}/ does not exist in {Path.cwd()}. Run from the repository's root.")
    return sorted((path.stem for path in folder.glob("*.yaml")), key=lambda name: (name == QUICK, _by_number(name)))


def _by_number(name: str) -> list[tuple[str, int]]:
    return [(text, int(number or 0)) for text, number in re.findall(r"(\D+)(\d*)", name)]


def read_recipe(name: str, folder: Path = FOLDER) -> Recipe:
    """Read `name`.yaml of `folder`.

    Raises:
        AgelineError: there is none of that name, or it is no YAML, or holds no sections.
    """
    names = recipe_names(folder)
    if name not in names:
        raise AgelineError(f"{folder}/ has no recipe {name!r}. {_did_you_mean(name, names)}")
    path = folder / f"{name}.yaml"
    try:
        text = path.read_text(encoding="utf-8")
        sections = read_yaml(text)
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise AgelineError(f"{path} is not readable as YAML: {error}") from error
    if not isinstance(sections, dict):
        raise AgelineError(f"{path} should hold sections such as `train:`, received {sections!r}")
    lines = text.splitlines()
    comment = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    opening = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[:comment])
    return Recipe(name, opening, flatten(sections), "\n".join(lines[comment:]))


def compose(recipe: Recipe, quick: Recipe, sections: Sections) -> Values:
    """The value of every key that the recipe steers, whether params.yaml has it so already or not.

    The gate's limit is a team's own: it stays, unless it is of another metric than the recipe's.

    Args:
        recipe: to be run.
        quick: what it stands on.
        sections: of params.yaml.

    Raises:
        AgelineError: the recipe has a key that `quick` has not.
    """
    foreign = [key for key in recipe.overrides if key not in quick.overrides]
    if foreign:
        close = difflib.get_close_matches(foreign[0], list(quick.overrides), n=1)
        raise AgelineError(
            f"recipes/{recipe.name}.yaml sets {foreign[0]}, which no recipe steers:"
            f" it may set the keys of recipes/{QUICK}.yaml. "
            + (f"Did you mean {close[0]}?" if close else "Set it in params.yaml, or for one run with -S.")
        )
    values = quick.overrides | recipe.overrides
    if flatten(sections).get("gate.metric") == values.get("gate.metric"):
        values = {key: value for key, value in values.items() if not key.startswith("gate.")}
    return values


def differences(values: Values, sections: Sections) -> Values:
    """Those of `values` that params.yaml does not have so already.

    Raises:
        AgelineError: params.yaml lacks one of the keys, so that DVC could not set it.
    """
    current = flatten(sections)
    lacking = [key for key in values if key not in current]
    if lacking:
        raise AgelineError(f"params.yaml has no {lacking[0]}, expected as in the shipped params.yaml.")
    return {key: value for key, value in values.items() if not same(value, current[key])}


def _did_you_mean(name: str, names: list[str]) -> str:
    by_lower = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1)
    return f"Did you mean {by_lower[close[0]]}?" if close else f"It has {', '.join(names) or 'none'}."
