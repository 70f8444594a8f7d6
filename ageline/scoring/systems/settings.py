"""What the predictions of any system are measured with: the section `evaluate` of a params.yaml, or the shipped one.

The params.yaml of the current folder need not be this pipeline's. Its section `evaluate` counts where one of its keys
is known here, and may then hold any part of the keys; the others are as shipped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from ageline.errors import AgelineError
from ageline.params import Bootstrap, Evaluate, read_sections

PARAMS = "params.yaml"
SHIPPED = Evaluate(  # as in the shipped params.yaml, but for minor_pass, which there suits the small sample
    epoch=None,
    interval=0.9,
    bootstrap=Bootstrap(samples=2000, seed=1),
    age_bins=(0, 13, 18, 25, 35, 45, 60, 70),
    thresholds=(18, 30),
    minor_pass=0.02,
    reference=None,
    worst=20,
    suspects=50,
)
_AS_SHIPPED = f"as shipped, with minor_pass {SHIPPED.minor_pass:g}"


@dataclass(frozen=True)
class Settings:
    """What predictions are measured with.

    Attributes:
        evaluate: the section `evaluate` of params.yaml.
        origin: where it is from, as a phrase.
    """

    evaluate: Evaluate
    origin: str


def choose_settings(reference: Literal["appa-real"] | None = None) -> Settings:
    """The section `evaluate` of params.yaml in the current folder over the shipped one; `reference` goes before both.

    Raises:
        AgelineError: params.yaml is no YAML, or the section has keys of ours and is not valid.
    """
    settings = _read(Path(PARAMS))
    if reference:
        return Settings(settings.evaluate.model_copy(update={"reference": reference}), settings.origin)
    return settings


def _read(path: Path) -> Settings:
    if not path.exists():
        return _shipped(f"there is no {PARAMS} here")
    sections = read_sections(path)
    given = sections.get("evaluate") if isinstance(sections, dict) else None
    if not isinstance(given, dict):
        return _shipped(f"{PARAMS} here has no section evaluate")
    named = [key for key in Evaluate.model_fields if key in given]
    if not named:
        return _shipped(f"the section evaluate of {PARAMS} here has none of its keys")
    return Settings(_validate(_merged(SHIPPED.model_dump(), given), path), _origin(named))


def _shipped(reason: str) -> Settings:
    return Settings(SHIPPED, f"evaluate {_AS_SHIPPED}, for {reason}")


def _origin(named: Sequence[str]) -> str:
    if len(named) == len(Evaluate.model_fields):
        return f"evaluate of {PARAMS}"
    others = "as shipped" if "minor_pass" in named else _AS_SHIPPED
    return f"{', '.join(named)} of evaluate in {PARAMS}, the others {others}"


def _merged(shipped: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """`shipped` with what is `given` in its place, key by key in sections, too."""
    both = {key: _merged(shipped[key], of) for key, of in given.items()
            if isinstance(of, dict) and isinstance(shipped.get(key), dict)}  # fmt: skip
    return {**shipped, **given, **both}


def _validate(evaluate: Mapping[str, Any], path: Path) -> Evaluate:
    try:
        # By way of JSON, for which strict validation still takes a list for a tuple; a date is a text there.
        return Evaluate.model_validate_json(json.dumps(evaluate, default=str))
    except ValidationError as error:
        problems = "\n".join(f"  {_describe(problem)}" for problem in error.errors())
        raise AgelineError(
            f"{path} is not valid, nothing was measured:\n{problems}\nWhere it is another project's, measure in another"
            " folder."
        ) from None


def _describe(problem: Any) -> str:
    key = ".".join(["evaluate", *map(str, problem["loc"])])
    if problem["type"] == "extra_forbidden":
        return f"{key}: unknown key. Known in evaluate: {', '.join(Evaluate.model_fields)}."
    if problem["type"] == "value_error":
        return f"evaluate.{problem['ctx']['error']}"
    return f"{key}: {problem['msg'].replace('Input should', 'should')}, received {problem['input']!r}"
