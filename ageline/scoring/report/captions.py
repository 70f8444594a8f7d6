"""What each figure is called, how it is read, and what a listener is told in its place."""

from typing import NamedTuple

from ageline.params import Target


class Caption(NamedTuple):
    """The words around a figure.

    Attributes:
        title: its heading.
        reading: one sentence on how to read it.
        alt: what there is to see, for who does not see it.
        tables: names of the tables that hold its numbers.
    """

    title: str
    reading: str
    alt: str
    tables: tuple[str, ...] = ()


_AGE = {
    "predicted_against_true": Caption(
        "Predicted against true age",
        "Each face stands at its true age from left to right and at its predicted age from bottom to top, so a face on"
        " the diagonal is exactly right, one above it was taken for older, one below it for younger.",
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
        "Ages are sorted by how many training faces they had (many, medium, few); a larger error where there were"
        " few means that the model lacks examples there.",
        "Mean error with its interval for ages of many, medium and few training faces.",
        ("by_shot",),
    ),
    "error_by_group": Caption(
        "Error by group",
        "Each dot is the mean error of one group with its 95% interval; where the intervals of two groups lie apart,"
        " the predictions serve one of them worse.",
        "Mean error with its interval for each labelled gender and ethnicity.",
        ("by_gender", "by_ethnicity", "gaps"),
    ),
    "coverage_by_level": Caption(
        "Do the intervals hold what they promise?",
        "An interval that promises 90% should hold the true age of 90 faces in 100; dots on the diagonal keep the"
        " promise, dots below it promise too much.",
        "Share of faces inside their interval, upwards, over the share promised, with the diagonal of equality.",
        ("coverage_by_level",),
    ),
    "coverage_by_age": Caption(
        "Intervals by predicted age",
        "The promise kept, and what it costs in width, for young and for old faces separately; where few validation"
        " faces stood behind an interval, expect less of it.",
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
        "A higher threshold lets fewer minors pass and asks more adults for an ID; the marked one is chosen.",
        "Two curves over thresholds from 18 to 30: the share of minors who pass falls, the share of adults who are"
        " asked rises.",
    ),
    "worst_faces": Caption(
        "Faces with the largest errors",
        "The worst first: often a wrong label, a hard photo or a rare age.",
        "A sheet of faces, each above its true and predicted age.",
    ),
}

_GENDER = {
    "confusion": Caption(
        "Predicted against labelled gender",
        "Each row holds the faces of one label and adds up to 100%; the darker its field on the diagonal, the more of"
        " them are named as labelled.",
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
        " the intervals of two groups lie apart, the predictions serve one of them worse.",
        "Accuracy with its interval for each labelled gender and ethnicity.",
        ("by_gender", "by_ethnicity", "gaps"),
    ),
    "worst_faces": Caption(
        "Mistakes of which the model is most sure",
        "The surest mistake first: often a wrong label, or a small child.",
        "A sheet of faces, each above the gender it was taken for.",
    ),
}

_BOTH = {
    "suspects": Caption(
        "Labels that the model doubts most",
        "The most doubted first, of all folds: a worklist for someone who looks at the photos, not a list of errors.",
        "A sheet of faces, each above its label and what the model says.",
    ),
    "learning_curves": Caption(
        "Learning, epoch by epoch",
        "Solid is what is measured on validation faces, dashed on the faces learned from; where the dashed line goes on"
        " falling and the solid one does not, the model learns faces by heart.",
        "Lines over the epochs of training, for training and validation faces, and the learning rate below.",
        ("history",),
    ),
}


def caption_of(figure: str, target: Target) -> Caption:
    """The words around the figure of this name; one that nothing is known of has a title and no table."""
    captions = (_AGE if target == "age" else _GENDER) | _BOTH
    title = figure.replace("_", " ").capitalize()
    return captions.get(figure) or Caption(title, f"{title}, as it was drawn.", f"{title}, a figure.")
