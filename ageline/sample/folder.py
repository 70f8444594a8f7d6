"""The sample as a folder of labelled photos, in the layout that collected sets come in."""

from pathlib import Path

import numpy as np
import pandas as pd

from ageline.params import Sample
from ageline.sample.camera import jpeg, photograph
from ageline.sample.people import draw_age, person_of
from ageline.store.files import written_whole
from ageline.store.tables import write_csv

README = """\
Synthetic faces, drawn by code. They are not people, and no photo of a person went into them.

They are here so that the pipeline can be tried and tested within minutes. Age shows in them because a program put it
there: no error, bias or quality measured on them says anything about real faces.

labels.csv   file_name, and real_age: the age in years that each face was drawn with
final_files  the faces
"""


def write_sample(folder: str | Path, sample: Sample) -> None:
    """Draw `sample.faces` faces into `folder`, whole or not at all."""
    with written_whole(folder) as partial:
        (partial / "final_files").mkdir(parents=True)
        ages = {f"{face:06d}.jpg": _write_face(partial, face, sample) for face in range(sample.faces)}
        labels = pd.DataFrame({"file_name": list(ages), "real_age": list(ages.values())})
        write_csv(partial / "labels.csv", labels)
        (partial / "README.txt").write_text(README, encoding="utf-8", newline="\n")


def _write_face(folder: Path, face: int, sample: Sample) -> int:
    """Draw one face from its own generator, so that it stays the same when more are drawn; return its age."""
    rng = np.random.default_rng((sample.seed, face))
    age = draw_age(rng)
    picture = photograph(person_of(age, rng), sample.image_size, rng)
    (folder / "final_files" / f"{face:06d}.jpg").write_bytes(jpeg(picture))
    return age
