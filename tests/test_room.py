"""Large photos are worked on one at a time."""

import threading

import pytest
from photos import photo

from ageline.serving import room
from ageline.serving.room import room_for


@pytest.fixture(autouse=True)
def small_is_large(monkeypatch):
    monkeypatch.setattr(room, "LARGE", 99)


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [((10, 10), (10, 10), False), ((10, 10), (9, 9), True), ((9, 9), (9, 9), True)],
    ids=["two large ones", "a large and a small one", "two small ones"],
)
def test_two_photos_are_worked_on_at_once_unless_both_are_large(first, second, meet):
    inside = threading.Barrier(2)

    def work() -> None:
        with room_for(photo((0, 0, 0), second)):
            inside.wait(10)

    other = threading.Thread(target=work)
    with room_for(photo((0, 0, 0), first)):
        other.start()
        if meet:
            inside.wait(10)
        else:
            with pytest.raises(threading.BrokenBarrierError):
                inside.wait(0.2)
            inside.reset()
    if not meet:
        inside.wait(10)
    other.join()


def test_what_is_no_photo_waits_for_nothing():
    def work() -> None:
        with room_for(b"no photo"), room_for(b""):
            pass

    other = threading.Thread(target=work, daemon=True)
    with room_for(photo((0, 0, 0), (10, 10))):
        other.start()
        other.join(10)
        assert not other.is_alive()
