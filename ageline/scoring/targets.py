"""What measures the predictions of each target."""

from ageline.scoring.ages import score_ages
from ageline.scoring.genders import score_genders

SCORE = {"age": score_ages, "gender": score_genders}
