"""An experiment of a recipe: what `dvc exp run` is told, checked before DVC starts.

    experiment = plan_experiment(recipe, quick, sections, Wishes(budget="smoke", sets=["train.seed=2"]))
    experiment.command()

What the user sets comes last and wins; a sweep (`train.seed=1,2,3`) is an experiment for each value, and needs --queue.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ageline.errors import AgelineError
from ageline.overrides import Sections, Values, as_override, read_override, with_values
from ageline.params import parse_params
from ageline.recipes import Recipe, compose, differences

SMOKE_FACES = 100
SMOKE_EPOCHS = 1  # of each phase
SMOKE_COPIES = 1  # of one photo, for 100 faces of rare ages could become 10,000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*(\.[A-Za-z0-9_+-]+)*")
MOST = 1000  # experiments of one sweep that are checked


@dataclass(frozen=True)
class Wishes:
    """What a user wants beside the recipe: as on the command line of `ageline recipe run`."""

    name: str | None = None
    budget: Literal["smoke"] | None = None
    queue: bool = False
    temp: bool = False
    sets: Sequence[str] = ()


@dataclass(frozen=True)
class Experiment:
    """What `dvc exp run` is told.

    Attributes:
        name: of the experiment; of a sweep, what DVC puts before -1, -2, ...
        names: of all experiments that it makes.
        changes: values that params.yaml has otherwise.
        sets: the user's own `KEY=VALUE`, quoted as Hydra wants it; a sweep as given.
        queue, temp: DVC's options of these names.
    """

    name: str
    names: Sequence[str]
    changes: Values
    sets: Sequence[str]
    queue: bool
    temp: bool

    def command(self) -> list[str]:
        """The words of the command after `dvc`."""
        overrides = [as_override(key, value) for key, value in self.changes.items()] + list(self.sets)
        options = [*(["--queue"] if self.queue else []), *(["--temp"] if self.temp else [])]
        return ["exp", "run", "-n", self.name, *options, *(word for text in overrides for word in ("-S", text))]


def plan_experiment(recipe: Recipe, quick: Recipe, sections: Sections, wishes: Wishes) -> Experiment:
    """What `dvc exp run` is to be told so that it runs this recipe.

    Args:
        recipe: to be run.
        quick: what it stands on.
        sections: of params.yaml.
        wishes: of the user.

    Raises:
        AgelineError: a key or a value is none that params.yaml could have, or the recipe has a key that none may have.
    """
    sets = [(text, *read_override(text)) for text in wishes.sets]
    own = {key: choices for _, key, choices in sets}
    if not isinstance(sections, dict):
        parse_params(sections)  # which says so
    values = compose(recipe, quick, sections)
    values |= _smoke(values) if wishes.budget == "smoke" else {}
    values = {key: value for key, value in values.items() if key not in own}
    each = _each(own)
    for chosen in each:
        parse_params(with_values(sections, values | chosen), f"params.yaml with recipe {recipe.name}")
    if len(each) > 1 and not wishes.queue:
        raise AgelineError("-S with several values by comma makes an experiment of each, which needs --queue.")
    changes = differences(values, sections)
    return Experiment(*_names(recipe.name, wishes, len(each)), changes, _quoted(sets), wishes.queue, wishes.temp)


def _names(recipe: str, wishes: Wishes, count: int) -> tuple[str, list[str]]:
    """The experiment's name, and those of all that a sweep makes, as DVC numbers them."""
    name = (f"{recipe}-{wishes.budget}" if wishes.budget else recipe) if wishes.name is None else wishes.name
    if not _NAME.fullmatch(name):
        raise AgelineError(
            f"an experiment can't be named {name!r}: expected letters, digits and . _ + - within, such as A5-seed-2."
        )
    return name, [f"{name}-{number}" for number in range(1, count + 1)] if count > 1 else [name]


def _smoke(values: Values) -> Values:
    """What cuts faces and epochs to a try of some minutes, and leaves the model as it is."""
    copies = min(values["augment.max_copies"], SMOKE_COPIES)
    return {"ingest.max_faces": SMOKE_FACES, "train.max_epochs": SMOKE_EPOCHS, "augment.max_copies": copies}


def _each(own: dict[str, list[object]]) -> list[Values]:
    """The user's values, once for each experiment of a sweep."""
    combinations = itertools.islice(itertools.product(*own.values()), MOST)
    return [dict(zip(own, combination, strict=True)) for combination in combinations]


def _quoted(sets: Sequence[tuple[str, str, list[object]]]) -> list[str]:
    """What the user sets, given as text, key and values, quoted as Hydra wants it; a sweep as given."""
    return [text if len(choices) > 1 else as_override(key, choices[0]) for text, key, choices in sets]
