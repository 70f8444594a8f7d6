"""Oversampling: which ages or genders are rare among the training faces, and how a copy of such a face is drawn."""

import os

# albumentations asks a package index for its newest version when it is imported, unless this is set before.
os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
