import os
import resource
from dataclasses import replace

import numpy as np
import pytest

from ageline.training.durable import digest
from ageline.training.scratch import Scratch, forget_finished, scratch_of
from ageline.training.state import State


def state(epochs: int, best_epoch: int = 1) -> State:
    rows = [{"epoch": number, "phase": "top", "loss": 0.1 + 0.2, "file": None} for number in range(1, epochs + 1)]
    best = [np.full(3, best_epoch, np.float32)]
    variables = [np.arange(4, dtype=np.float32).reshape(2, 2) / 3, np.uint32([7, 8]), np.array(5)]
    return State(rows, variables, best, best_epoch, {}, {"seconds": 1.5, "phases": [[[1.0, 1.25]]]}, "a device")


def names(scratch: Scratch) -> list[str]:
    return sorted(path.name for path in scratch.folder.iterdir())


def test_what_is_saved_comes_back_to_the_last_bit(tmp_path):
    scratch = Scratch(tmp_path / "f00d")
    assert scratch.latest() is None
    scratch.save(state(2))
    latest = scratch.latest()
    assert latest.rows == state(2).rows
    assert (latest.best_epoch, latest.cost, latest.device) == (1, state(2).cost, "a device")
    for saved, expected in zip([*latest.variables, *latest.best], [*state(2).variables, *state(2).best], strict=True):
        assert (saved.dtype, saved.shape) == (expected.dtype, expected.shape)
        np.testing.assert_array_equal(saved, expected)


def test_the_new_state_replaces_the_old_one_and_the_best_stays_until_it_is_not(tmp_path):
    scratch = Scratch(tmp_path)
    scratch.save(state(1))
    best = (tmp_path / "best-00001.npz").stat()
    scratch.save(state(2))
    assert names(scratch) == ["best-00001.npz", "epoch-00002"]
    assert (tmp_path / "best-00001.npz").stat().st_mtime_ns == best.st_mtime_ns
    scratch.save(state(3, best_epoch=3))
    assert names(scratch) == ["best-00003.npz", "epoch-00003"]
    assert scratch.latest().best[0].tolist() == [3, 3, 3]
    scratch.save(replace(state(4, best_epoch=3), best=()))
    assert len(scratch.latest().best) == 0


def test_what_a_killed_writer_left_is_removed(tmp_path):
    scratch = Scratch(tmp_path)
    scratch.save(state(1))
    (tmp_path / ".partial-0123abcd-epoch-00002").mkdir()
    (tmp_path / ".partial-0123abcd-best-00002.npz").touch()
    (tmp_path / "epochs").mkdir()
    (tmp_path / "epochs" / ".partial-0123abcd-epoch-002.weights.h5").touch()
    (tmp_path / ".removed-f00d").mkdir()
    scratch.save(state(2))
    assert names(scratch) == [".removed-f00d", "best-00001.npz", "epoch-00002", "epochs"]
    assert list(scratch.epochs.iterdir()) == []
    with scratch_of(tmp_path, "another"):
        assert not (tmp_path / ".removed-f00d").exists()


@pytest.mark.parametrize(
    "file", ["epoch-00003/variables.npz", "epoch-00003/state.json", "best-00001.npz", "epochs/a.h5"]
)
@pytest.mark.parametrize("damage", ["cut", "emptied", "flipped", "lost"])
def test_a_state_of_which_a_file_is_damaged_is_said_and_is_no_state(tmp_path, capsys, file, damage):
    scratch = Scratch(tmp_path / "f00d")
    scratch.epochs.mkdir(parents=True)
    (scratch.epochs / "a.h5").write_bytes(b"weights")
    scratch.save(replace(state(3), epochs={"a.h5": digest(scratch.epochs / "a.h5")}))
    assert len(scratch.latest().rows) == 3
    path = scratch.folder / file
    content = path.read_bytes()
    middle = len(content) // 2
    if damage == "lost":
        path.unlink()
    else:
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        path.write_bytes({"cut": content[:-3], "emptied": b"", "flipped": flipped}[damage])
    assert scratch.latest() is None
    assert f"{scratch.folder}/epoch-00003 is damaged and of no use: " in capsys.readouterr().out
    assert not scratch.folder.exists()  # so that nothing of it is taken for a part of the next
    scratch.save(state(1, best_epoch=1))
    assert len(scratch.latest().rows) == 1


def test_what_an_unsaved_state_left_is_not_taken_for_a_part_of_the_next(tmp_path):
    scratch = Scratch(tmp_path)
    scratch.save(state(1))
    np.savez(tmp_path / "best-00002.npz", np.full(3, 111, np.float32))  # as a save that then failed
    assert len(Scratch(tmp_path).latest().rows) == 1
    scratch.save(state(2, best_epoch=2))
    assert scratch.latest().best[0].tolist() == [2, 2, 2]


def test_a_full_disk_is_named_and_leaves_the_last_state(tmp_path):
    scratch = Scratch(tmp_path)
    scratch.save(state(1))
    large = replace(state(2), variables=[np.zeros(100_000, np.float32)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))  # bytes, a quarter of what it would take
    try:
        with pytest.raises(OSError, match="File too large") as full:
            scratch.save(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert full.value.filename == f"{tmp_path}/epoch-00002"
    assert names(scratch) == ["best-00001.npz", "epoch-00001"]
    assert len(scratch.latest().rows) == 1


def test_trainings_have_scratch_of_their_own_and_the_last_that_stopped_are_kept(tmp_path, capsys):
    for age, name in enumerate(("done", "old", "stopped", "just-stopped")):
        with scratch_of(tmp_path, name) as scratch:
            scratch.save(state(1))
            if name == "done":
                scratch.finish()
        os.utime(scratch.folder, (age, age))
    with scratch_of(tmp_path, "new") as scratch:
        assert scratch.latest() is None
        assert sorted(path.name for path in tmp_path.iterdir()) == ["just-stopped", "lock", "stopped"]
    shown = capsys.readouterr().out
    assert f"removed {tmp_path}/done, the state of another training" in shown
    assert f"removed {tmp_path}/old, the state of another training" in shown


def test_who_has_taken_the_model_in_has_finished_states_removed(tmp_path):
    for name in ("done", "stopped"):
        Scratch(tmp_path / name).save(state(1))
    Scratch(tmp_path / "done").finish()
    forget_finished(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["stopped"]
    forget_finished(tmp_path / "nowhere")
