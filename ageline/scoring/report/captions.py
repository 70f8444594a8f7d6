"""What each figure is called, how it is read, and what a listener is told in its place."""

from typing import NamedTuple

from ageline.params import Target


class Caption(NamedTuple):
    """The words around a figure.

    Attributes:
        title: its heading.
        reading: one sentence on how to read it.
        alt: what there is to see, for who does not see it; empty of sheets, where each face has its words.
        tables: names of the tables that hold its numbers.
    """

    title: str
    reading: str
    alt: str
    tables: tuple[str, ...] = ()


_AGE = {
    "predicted_against_true": Caption(
        "Predicted against true age",
        "Faces stand at their true age from left to right and at their predicted age from bottom to top: one on the"
        " diagonal is exactly right, one above it was taken for older, one below it for younger. Where they are too"
        " many to tell apart, a stronger colour means more of them.",
        "True age across, predicted age upwards, with the diagonal on which the two are equal and a band of 5 years"
        " around it.",
    ),
    "error_by_age": Caption(
        "Error by age group",
        "The upper bars say how many years the predictions are off on average at each age, with thin lines for the 95%"
        " interval; the lower bars say in which direction, above zero for taken as older.",
        "Two rows of bars over age groups: mean error with its interval above, bias below.",
        ("by_age",),
    ),
    "error_by_year": Caption(
        "Error by single year, 0 to 25",
        "The same error for every year of childhood and youth, where a mistake decides most at a till; few faces make a"
        " wide interval.",
        "Mean error with its interval for each year of age from 0 to 25.",
        ("by_year",),
    ),
    "cumulative": Caption(
        "How often the error stays within so many years",
        "Choose a number of years at the bottom and read off the share of faces whose error is at most that large;"
        " a curve that rises early is better.",
        "A rising curve: share of faces over the largest error allowed, from 0 to 15 years.",
        ("cumulative",),
    ),
    "error_by_shot": Caption(
        "Error at common and at rare ages",
        "Ages are sorted by how many training faces they had (many, medium, few); a larger error where there were few"
        " can mean that the model lacks examples there, or that these ages are harder for everyone.",
        "Mean error with its interval for ages of many, medium and few training faces.",
        ("by_shot",),
    ),
    "error_by_group": Caption(
        "Error by group",
        "Each dot is the mean error of one group with its 95% interval; where two intervals lie apart, chance alone"
        " hardly explains it, but the ages or the photos of the groups may.",
        "Mean error with its interval for each labelled gender and ethnicity.",
        ("by_gender", "by_ethnicity", "gaps"),
    ),
    "coverage_by_level": Caption(
        "Do the intervals hold what they promise?",
        "An interval that promises 90% should hold the true age of 90 faces in 100; dots on the diagonal keep the"
        " promise, one whose thin line stays below it promises too much.",
        "Share of faces inside their interval, upwards, over the share promised, with the diagonal of equality.",
        ("coverage_by_level",),
    ),
    "coverage_by_age": Caption(
        "Intervals by predicted age",
        "How often the intervals keep their promise, and how wide they are for it, at each predicted age; a dot whose"
        " thin line stays below the dashed one marks ages at which they promise too much.",
        "Coverage and width of the intervals for each group of predicted ages.",
        ("coverage_by_age",),
    ),
    "risk_coverage": Caption(
        "Error when only the surest answers count",
        "From left to right more and more faces are answered, the surest first; a curve that rises says that the model"
        " knows when it does not know.",
        "Mean error over the share of faces answered, the surest first.",
        ("risk_coverage",),
    ),
    "till": Caption(
        "What each threshold costs and lets through",
        "A higher threshold lets fewer minors pass and asks more adults for an ID; an upright line marks the chosen"
        " one, if one is. The dashed line is the share of minors who may pass.",
        "Two curves over the thresholds: the share of minors who pass falls, the share of adults who are asked rises.",
    ),
    "worst_faces": Caption(
        "Faces with the largest errors",
        "The worst first: often a wrong label, a hard photo or a rare age.",
        "",
    ),
}

_GENDER = {
    "confusion": Caption(
        "Predicted against labelled gender",
        "Each row holds the faces of one label and adds up to 100%; the stronger the colour of its field on the"
        " diagonal, the more of them are named as labelled.",
        "A table of two by two fields: labelled gender in rows, predicted gender in columns.",
        ("confusion",),
    ),
    "accuracy_by_age": Caption(
        "Accuracy by age",
        "Each dot is the share of faces of one age group whose gender is named as labelled, with its 95% interval;"
        " few faces make a wide one.",
        "Accuracy with its interval over age groups.",
        ("by_age",),
    ),
    "accuracy_by_group": Caption(
        "Accuracy by group",
        "Each dot is the share of faces of one group whose gender is named as labelled, with its 95% interval; where"
        " two intervals lie apart, chance alone hardly explains it, but the ages or the photos of the groups may.",
        "Accuracy with its interval for each labelled gender and ethnicity.",
        ("by_gender", "by_ethnicity", "gaps"),
    ),
    "worst_faces": Caption(
        "Mistakes of which the model is most sure",
        "The surest mistake first: often a wrong label, or a small child.",
        "",
    ),
}

_BOTH = {
    "suspects": Caption(
        "Labels that the model doubts most",
        "The most doubted first: a worklist for someone who looks at the photos, not a list of errors. Below each face"
        " stand its label, what the model says, and whether it was learned from (train), chosen by (val) or tested on.",
        "",
    ),
    "learning_curves": Caption(
        "Learning, epoch by epoch",
        "An epoch goes once through the faces learned from. They are the dashed line, validation faces the solid one;"
        " where only the dashed one goes on getting better, the model learns faces by heart.",
        "Lines over the epochs of training, for training and validation faces, and the learning rate below.",
        ("history",),
    ),
}


def caption_of(figure: str, target: Target) -> Caption:
    """The words around the figure of this name; one that nothing is known of has a title and no table."""
    captions = (_AGE if target == "age" else _GENDER) | _BOTH
    title = figure.replace("_", " ").capitalize()
    return captions.get(figure) or Caption(title, f"{title}, as it was drawn.", f"{title}, a figure.")
