"""Decoding in parallel: what a worker may meet."""

import pytest
from in_memory import Deadly, InMemory
from photos import BLUE, RED, noise, photo

from ageline.errors import AgelineError
from ageline.faces.decoding import CHUNK, Scratch, decode_photos
from ageline.faces.problems import Problem
from ageline.faces.scheduling import Processes, Serial


@pytest.fixture
def scratch(tmp_path):
    return Scratch(tmp_path, (8, 8))


def test_rows_are_those_of_the_files_and_pixels_are_found_by_them(scratch):
    files = [InMemory(photo(RED)), InMemory(b""), *[InMemory(photo(BLUE))] * CHUNK]
    decoded = decode_photos(files, "whole", scratch, Serial())
    assert decoded[1].problem == Problem("empty file")
    assert [(row.chunk, row.row) for row in (decoded[0], decoded[2], decoded[-1])] == [(0, 0), (0, 1), (1, 1)]
    (red, blue) = scratch.faces([0, 1], [0, 1])
    assert (red[0, 0].tolist(), blue[0, 0].tolist()) == ([255, 0, 0], [0, 0, 255])


def test_a_worker_that_is_killed_is_an_error_with_the_remedy(scratch):
    files = [InMemory(photo(RED))] * CHUNK + [Deadly()] * CHUNK
    with pytest.raises(AgelineError, match="was killed, as a rule for want of memory"):
        decode_photos(files, "whole", scratch, Processes(2))


def test_thumbnails_alone_are_those_that_stand_beside_faces(scratch, tmp_path):
    files = [InMemory(photo(RED)), InMemory(b""), *[InMemory(noise(1, (64, 64)))] * CHUNK]
    (tmp_path / "alone").mkdir()
    alone = Scratch(tmp_path / "alone", (8, 8), keeps_faces=False)
    assert decode_photos(files, "whole", alone, Serial()) == decode_photos(files, "whole", scratch, Serial())
    assert (alone.thumbnails(len(files)) == scratch.thumbnails(len(files))).all()
    assert [file.file(chunk).stat().st_size for file in (scratch, alone) for chunk in (0, 1)] == [
        *((CHUNK - 1) * 8 * 8 * 3, 2 * 8 * 8 * 3),
        *(0, 0),
    ]
