"""`ageline recipe list | show NAME | run NAME`."""

import argparse
import shlex
from collections.abc import Sequence

from ageline.errors import AgelineError

DESCRIPTION = "Recipes are files of recipes/ in the current folder; docs/recipes.md explains each."


def add_recipe(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `recipe` and its commands to the command line."""
    recipe = commands.add_parser(
        "recipe", help="run a published system, or one of ours, by its name", description=DESCRIPTION
    )
    actions = recipe.add_subparsers(title="commands", metavar="COMMAND", required=True)
    listed = actions.add_parser("list", help="the recipes, a line each, with the published figures")
    listed.set_defaults(run=_list)
    show = actions.add_parser("show", help="what a recipe is, what it changes in params.yaml, how DVC is to run it")
    show.add_argument("name", metavar="NAME", help="of the recipe, such as A5")
    show.set_defaults(run=_show)
    _add_run(actions)


def _add_run(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    run = actions.add_parser(
        "run",
        help="run a recipe as an experiment of DVC: dvc exp run -n NAME -S ...",
        description="Run a recipe as an experiment of DVC. The command is shown, and its exit status handed on.",
    )
    run.add_argument("name", metavar="NAME", help="of the recipe, such as A5")
    run.add_argument("--name", dest="experiment", metavar="NAME", help="of the experiment; the recipe's by default")
    where = run.add_mutually_exclusive_group()
    where.add_argument("--queue", action="store_true", help="for later: `dvc queue start` runs it")
    where.add_argument("--temp", action="store_true", help="in a folder of its own, so that the files here stay")
    run.add_argument(
        "--budget",
        choices=["smoke"],
        help="smoke: few faces and one epoch of each phase, to see whether it runs; the model stays whole",
    )
    run.add_argument(
        "-S",
        "--set-param",
        dest="sets",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a param of your own, over the recipe's; may be repeated",
    )
    run.set_defaults(run=_run)


def _list(_: argparse.Namespace) -> int:
    from ageline.recipes import read_recipe, recipe_names

    for recipe in map(read_recipe, recipe_names()):
        print(f"{recipe.name:6} {recipe.summary}")
        print(f"{'':6} {recipe.published}")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from ageline.experiment import Wishes, plan_experiment
    from ageline.overrides import as_text, flatten
    from ageline.params import read_sections
    from ageline.recipes import QUICK, read_recipe

    recipe, sections = read_recipe(arguments.name), read_sections()
    experiment = plan_experiment(recipe, read_recipe(QUICK), sections, Wishes())
    current = flatten(sections)
    changes = [f"  {key}: {as_text(current[key])} -> {as_text(value)}" for key, value in experiment.changes.items()]
    print(recipe.comment, "", recipe.text, "", sep="\n")
    print("\n".join(["In params.yaml it changes", *changes]) if changes else "In params.yaml it changes nothing.")
    print("", "It is run by", f"  ageline recipe run {recipe.name}", "which is", sep="\n")
    print(f"  {shlex.join(['dvc', *experiment.command()])}")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from ageline.experiment import Wishes, plan_experiment
    from ageline.params import read_sections
    from ageline.recipes import QUICK, read_recipe
    from ageline.revisions import run_dvc

    wishes = Wishes(arguments.experiment, arguments.budget, arguments.queue, arguments.temp, arguments.sets)
    experiment = plan_experiment(read_recipe(arguments.name), read_recipe(QUICK), read_sections(), wishes)
    _refuse_taken_names(experiment.names, experiment.queue)
    print(shlex.join(["dvc", *experiment.command()]), flush=True)
    return run_dvc(*experiment.command())


def _refuse_taken_names(names: Sequence[str], queue: bool) -> None:
    from ageline.revisions import experiments, queued_experiments

    done, waiting = experiments(), queued_experiments() if queue else []
    for name in names:
        if name in done:
            remedy = f"Remove it with `dvc exp remove {shlex.quote(name)}`"
        elif name in waiting:
            remedy = f"Remove it with `dvc queue remove {shlex.quote(name)}`"
        else:
            continue
        raise AgelineError(f"an experiment {name} of this commit exists already. {remedy}, or use --name.")
