"""What the audit found, as one table: a row for each photo and each thing that is to be said of it.

| column | meaning |
|---|---|
| finding | the closest copy: `same_bytes`, `same_pixels` or `near_duplicate`; or a flaw, see `FLAWS` |
| source, age, gender | the photo and its label |
| group | the face_id of the first photo of its group: photos of one group are one photo |
| value | agreement with the first of the group (1: equal); contrast, sharpness, share of bars, shorter side in pixels |
| conflict, age_gap | whether labels differ in the group, and by how many years at most |
| detail | where they differ: both labels; and which photo of another group it is a near-duplicate of |
| kept | whether the photo was accepted |
"""

from collections.abc import Iterator

import pandas as pd

COLUMNS = ["finding", "source", "age", "gender", "group", "value", "conflict", "age_gap", "detail", "kept"]
FLAWS = ("blank", "blurred", "black_bars", "too_small")

# Set by looking at sheets of photos at and around them. None of them rejects a photo.
BLANK = 8.0  # contrast below it
BLURRED = 0.055  # sharpness below it
BARRED = 0.02  # share of black bars above it
ENLARGED = 2.0  # times that a photo is enlarged to the size asked for: above it, it is too small


def find_flaws(photos: pd.DataFrame, height_width: tuple[int, int]) -> pd.DataFrame:
    """A row for each photo that can be decoded and each flaw of it, indexed as `photos`.

    Args:
        photos: with the columns of `decoding.Decoded`, null where a photo was not decoded.
        height_width: of ingested faces, in pixels.

    Returns:
        `finding` and `value`.
    """
    decoded = photos.width > 0
    flawed = (
        (photos.contrast < BLANK, photos.contrast),
        ((photos.sharpness < BLURRED) & (photos.contrast >= BLANK), photos.sharpness),
        (photos.bars > BARRED, photos.bars),
        (photos.shorter * ENLARGED < max(height_width), photos.shorter),
    )
    return pd.concat(
        [
            pd.DataFrame({"finding": flaw, "value": value[decoded & rows]})
            for flaw, (rows, value) in zip(FLAWS, flawed, strict=True)
        ]
    )


def tabulate_findings(
    photos: pd.DataFrame, duplicates: pd.DataFrame, links: pd.DataFrame, flaws: pd.DataFrame
) -> pd.DataFrame:
    """The table of findings, the duplicates first, group by group, those of the largest age gap in front.

    Args:
        photos: a row per listed photo, see `outcome.Outcome`.
        duplicates: see `groups.find_duplicates`.
        links: see `groups.find_links`.
        flaws: see `find_flaws`.
    """
    return pd.concat(_parts(photos, duplicates, links, flaws), ignore_index=True)[COLUMNS]


def _parts(
    photos: pd.DataFrame, duplicates: pd.DataFrame, links: pd.DataFrame, flaws: pd.DataFrame
) -> Iterator[pd.DataFrame]:
    for copies in (duplicates, links):
        yield copies.sort_values(["age_gap", "group", "source"], ascending=[False, True, True]).rename(
            columns={"kind": "finding", "agreement": "value"}
        )
    labels = photos.loc[flaws.index, ["source", "age", "gender"]]
    yield flaws.assign(
        **labels, group="", conflict=False, age_gap=0.0, detail="", kept=photos.reason[flaws.index] == ""
    ).sort_values(["finding", "value", "source"])
