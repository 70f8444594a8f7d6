"""Faces that change from month to month, and people who share them: what docs/data.md walks through.

The commands stand here as they stand there; the last test compares the two.
"""

import hashlib
import json
import re
import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from photos import noise
from project import ROOT, SMALL_CNN, Project

DRIVER = 'git config merge.dvc.driver "dvc git-hook merge-driver --ancestor %O --our %A --their %B"'
OCTOBER, PORTO, LISBON = "2026-10", "2026-11-porto", "2026-11-lisbon"
SET, MODEL = "data/raw/faces", "models/model.keras"


def follow(project: Project, *lines: str) -> str:
    """Type the lines, and see what the last one prints."""
    return [project.run(*shlex.split(line)) for line in lines][-1]


def add_photos(project: Project, batch: str, count: int, side: int = 32) -> list[str]:
    """Put photos like no others into a folder of the set, named as UTKFace's are; gives their paths."""
    seed = int.from_bytes(hashlib.blake2b(batch.encode(), digest_size=4).digest())
    paths = [f"{SET}/{batch}/{number % 80}_{number % 2}_0_20261001{number:05}.png" for number in range(count)]
    (project.folder / SET / batch).mkdir(parents=True)
    for number, path in enumerate(paths):
        (project.folder / path).write_bytes(noise(seed + number, (side, side)))
    return paths


def append_rows(project: Project, batch: str) -> None:
    """Give each photo of the batch a row in labels.csv."""
    labels = project.folder / SET / "labels.csv"
    if not labels.exists():
        labels.write_text("file_name,age\n")
    with labels.open("a") as file:
        file.writelines(f"{batch}/{path.name},30\n" for path in sorted((project.folder / SET / batch).iterdir()))


def labelled(project: Project) -> list[str]:
    """The batch of each row of labels.csv."""
    return [row.split("/")[0] for row in (project.folder / SET / "labels.csv").read_text().splitlines()[1:]]


def listed(project: Project) -> int:
    return json.loads((project.folder / "metrics/ingest/ingest.json").read_text())["listed"]


def state(project: Project) -> dict[str, bytes]:
    """The model and what Git holds of its errors."""
    return {
        name: (project.folder / name).read_bytes()
        for name in (MODEL, "metrics/metrics.json", "metrics/predictions.csv")
    }


def batches(project: Project) -> list[str]:
    return sorted(path.name for path in (project.folder / SET).iterdir())


def contents(project: Project, folder: str) -> dict[str, bytes]:
    found = (path for path in (project.folder / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(project.folder)): path.read_bytes() for path in sorted(found)}


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def cached(project: Project) -> set[str]:
    """The MD5 of all that DVC has stored."""
    return {path.parent.name + path.name for path in (project.folder / ".dvc/cache/files/md5").glob("*/*")}


def clone(project: Project, folder: Path) -> Project:
    """A colleague's clone, from where the project pushes to."""
    folder.mkdir()
    made = Project(folder)
    made.run("git", "clone", "--quiet", project.run("git", "remote", "get-url", "origin").strip(), ".")
    return made


def start(folder: Path, photos: int = 60) -> Project:
    """A project on photos of its own, not yet added, with a place for data."""
    project = Project.tiny(folder / "ada")
    project.set_params(SMALL_CNN | {"data.source": SET})
    add_photos(project, OCTOBER, photos)
    follow(project, f"dvc remote add --default storage {folder}/storage")
    return project


def share(project: Project, team: Path) -> None:
    """Push data and commits; for these, make a place."""
    project.run("git", "init", "--quiet", "--bare", "--initial-branch=main", str(team / "hub.git"))
    project.run("git", "remote", "add", "origin", str(team / "hub.git"))
    follow(project, "dvc push", "git push --set-upstream origin main --tags")


@pytest.fixture(scope="module")
def team(tmp_path_factory) -> Path:
    """Ada's repository, a remote, and what she pushed in October: faces, but no model yet."""
    folder = tmp_path_factory.mktemp("team")
    ada = start(folder)
    follow(ada, "dvc add data/raw/faces", "dvc repro ingest", "git add --all")
    follow(ada, 'git commit -m "Faces of October"', "git tag october")
    share(ada, folder)
    return folder


def test_git_holds_one_small_file_for_the_photos(team):
    ada = Project(team / "ada")
    assert ada.run("git", "ls-files", "data/raw") == f"{SET}.dvc\n"
    assert "nfiles: 60" in ada.run("git", "show", f"october:{SET}.dvc")


def test_a_colleague_gets_the_photos_and_makes_the_same_packs(team, tmp_path):
    ada, bob = Project(team / "ada"), clone(Project(team / "ada"), tmp_path / "bob")
    with pytest.raises(AssertionError, match=r"Checkout failed for following targets:[^<]*data/faces/train"):
        follow(bob, "dvc pull")  # the packs of train were never pushed
    follow(bob, "dvc pull --allow-missing")
    assert contents(bob, SET) == contents(ada, SET)
    for fold in ("val", "test"):
        assert contents(bob, f"data/faces/{fold}") == contents(ada, f"data/faces/{fold}")
    assert not (bob.folder / "data/faces/train").exists()

    assert bob.repro("ingest") == ["ingest"]
    assert contents(bob, "data/faces") == contents(ada, "data/faces")
    assert bob.run("git", "status", "--porcelain") == ""


def test_a_batch_whose_names_sort_last_stores_itself_the_last_packs_and_a_manifest_of_each_fold(tmp_path):
    ada = Project.tiny(tmp_path / "ada")
    ada.set_params({"data.source": SET, "ingest.image_size": 8})
    add_photos(ada, OCTOBER, 1200, side=8)
    follow(ada, "dvc add data/raw/faces", "dvc repro ingest")
    before, stored = contents(ada, "data/faces"), cached(ada)
    batch = add_photos(ada, PORTO, 120, side=8)
    follow(ada, "dvc add data/raw/faces", "dvc repro ingest")

    files, anew = contents(ada, "data"), cached(ada) - stored
    expected = set(batch)
    for fold in ("train", "val", "test"):
        last = max(name for name in before if name.startswith(f"data/faces/{fold}/pack-"))
        packs = {name for name in files if name.startswith(f"data/faces/{fold}/pack-")}
        expected |= {name for name in packs if name >= last} | {f"data/faces/{fold}/manifest.parquet"}
    assert {name for name, data in files.items() if md5(data) in anew} == expected
    assert "data/faces/train/pack-00001.npy" not in expected


def test_two_batches_become_one_set(team, tmp_path):
    ada, bob = (clone(Project(team / "ada"), tmp_path / name) for name in ("ada", "bob"))
    for person, branch, batch in ((ada, "porto", PORTO), (bob, "lisbon", LISBON)):
        follow(person, DRIVER, f"git switch --create {branch}", "dvc pull --allow-missing")
        add_photos(person, batch, 10)
        follow(person, "dvc add data/raw/faces", "dvc repro ingest")
        follow(person, "git add --all", f'git commit -m "Faces of {batch}"')
    follow(ada, "dvc push", "git push origin porto")

    follow(bob, "git fetch", "git switch --detach origin/porto", "dvc fetch data/raw/faces", "git switch lisbon")
    with pytest.raises(AssertionError, match=r"Merge conflict in dvc\.lock") as stopped:
        follow(bob, "git merge origin/porto")
    assert "Merge conflict in data/raw/faces.dvc" not in str(stopped.value)
    follow(bob, "git checkout --theirs dvc.lock", "dvc checkout data/raw/faces.dvc", "dvc repro ingest")
    follow(bob, "git add --all", "git commit --no-edit")
    assert batches(bob) == [OCTOBER, LISBON, PORTO]
    assert listed(bob) == 80
    assert bob.repro("ingest") == []


def test_rows_that_two_people_appended_to_one_csv_become_one_csv(tmp_path):
    ada = start(tmp_path, photos=3)
    append_rows(ada, OCTOBER)
    follow(ada, "dvc add data/raw/faces", "git add --all", 'git commit -m "Faces of October"', "git tag october")
    share(ada, tmp_path)
    bob = clone(ada, tmp_path / "bob")
    follow(bob, DRIVER, "dvc pull data/raw/faces")
    for person, branch, batch in ((ada, "porto", PORTO), (bob, "lisbon", LISBON)):
        person.run("git", "switch", "--quiet", "--create", branch)
        add_photos(person, batch, 2)
        follow(person, "dvc unprotect data/raw/faces/labels.csv")
        append_rows(person, batch)
        follow(person, "dvc add data/raw/faces", f'git commit -am "Faces of {batch}"')
    follow(ada, "dvc push", "git push origin porto")

    follow(bob, "git fetch")
    with pytest.raises(AssertionError, match=r"Merge conflict in data/raw/faces\.dvc"):
        follow(bob, "git merge origin/porto")
    follow(
        bob,
        "git checkout --ours data/raw/faces.dvc",
        "dvc get . data/raw/faces/2026-11-porto --rev origin/porto --out data/raw/faces/2026-11-porto",
        "dvc get . data/raw/faces/labels.csv --rev origin/porto --out ../theirs.csv",
        "dvc get . data/raw/faces/labels.csv --rev october --out ../october.csv",
        "dvc unprotect data/raw/faces/labels.csv",
        "git merge-file --union data/raw/faces/labels.csv ../october.csv ../theirs.csv",
        "dvc add data/raw/faces",
        "git add --all",
        "git commit --no-edit",
    )
    assert batches(bob) == [OCTOBER, LISBON, PORTO, "labels.csv"]
    assert labelled(bob) == [OCTOBER] * 3 + [LISBON] * 2 + [PORTO] * 2
    for revision, batch_of_each in (("october", [OCTOBER] * 3), ("lisbon^", [OCTOBER] * 3 + [LISBON] * 2)):
        follow(bob, f"git checkout --quiet {revision}", "dvc checkout data/raw/faces.dvc")
        assert labelled(bob) == batch_of_each  # nothing was written through a link into the cache


@pytest.mark.long
def test_last_months_faces_and_model_come_back_in_any_clone_without_training(tmp_path):
    ada = start(tmp_path)
    follow(ada, "dvc add data/raw/faces", "dvc repro", "git add --all")
    follow(ada, 'git commit -m "Faces of October"', "git tag october")
    october = state(ada)
    share(ada, tmp_path)
    add_photos(ada, PORTO, 10)
    follow(ada, "dvc add data/raw/faces", "dvc repro", 'git commit -am "Faces of November"')
    assert "metrics/metrics.json" in follow(ada, "dvc metrics diff october")
    assert f"{PORTO}/0_0_0_2026100100000.png" in follow(ada, "dvc diff october")
    follow(ada, "dvc push", "git push")
    november = state(ada)
    assert november[MODEL] != october[MODEL]

    follow(ada, "git switch --detach october", "dvc checkout")
    assert (state(ada), batches(ada)) == (october, [OCTOBER])
    follow(ada, "git switch main", "dvc checkout")
    assert (state(ada), batches(ada)) == (november, [OCTOBER, PORTO])

    bob = clone(ada, tmp_path / "bob")
    follow(bob, "dvc get . models/model.keras --rev october --out ../october.keras")
    assert (tmp_path / "october.keras").read_bytes() == october[MODEL]
    follow(bob, "git switch --detach october", "dvc pull --allow-missing")
    assert (state(bob), batches(bob)) == (october, [OCTOBER])
    assert bob.repro("--allow-missing") == []
    assert bob.repro() == ["sample", "ingest", "augment", "backbone"]
    assert (state(bob), bob.run("git", "status", "--porcelain")) == (october, "")


def train_on(person: Project, branch: str, batch: str) -> None:
    """On a branch of their own, add a batch and train."""
    person.run("git", "switch", "--quiet", "--create", branch)
    add_photos(person, batch, 10)
    follow(person, "dvc add data/raw/faces", "dvc repro", "git add --all", f'git commit -m "Faces of {batch}"')


@pytest.mark.long
def test_two_people_who_both_trained_train_once_more_on_both_batches(tmp_path):
    ada = start(tmp_path)
    follow(ada, "dvc add data/raw/faces", "git add --all", 'git commit -m "Faces of October"', "git tag october")
    share(ada, tmp_path)
    bob = clone(ada, tmp_path / "bob")
    follow(bob, DRIVER, "dvc pull data/raw/faces")
    with ThreadPoolExecutor() as both:
        list(both.map(train_on, (ada, bob), ("porto", "lisbon"), (PORTO, LISBON)))
    follow(ada, "dvc push", "git push origin porto")

    follow(bob, "git fetch", "git switch --detach origin/porto", "dvc fetch data/raw/faces", "git switch lisbon")
    with pytest.raises(AssertionError, match=r"Merge conflict in metrics/metrics\.json"):
        follow(bob, "git merge origin/porto")
    follow(bob, "git checkout --theirs dvc.lock")
    follow(bob, "git checkout --theirs metrics/metrics.json metrics/predictions.csv")
    follow(bob, "dvc checkout data/raw/faces.dvc")
    assert "train" in bob.repro()
    follow(bob, "git add --all", "git commit --no-edit")
    assert (batches(bob), listed(bob), bob.repro()) == ([OCTOBER, LISBON, PORTO], 80, [])


def test_the_walk_through_has_no_command_that_is_not_typed_here():
    section = (ROOT / "docs/data.md").read_text().split("\n## Versions\n")[1].split("\n## ")[0]
    lines = [line.split("  #")[0].strip() for line in re.findall(r"^ {4}((?:dvc|git) .*)$", section, flags=re.M)]
    typed = Path(__file__).read_text()
    assert len(lines) > 20
    assert [line for line in lines if line.removesuffix(" /mnt/faces") not in typed] == []
