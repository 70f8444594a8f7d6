"""What the published notebooks predict with: `ImageDataGenerator.flow_from_dataframe` into Keras `predict`.

    python -m benchmarks.flow_from_dataframe model.keras FOLDER answers.json

What `benchmarks.predict` holds `ageline predict` against; the model is the same, and has its preprocessing inside.
"""

import json
import os
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import pandas as pd
from tensorflow.keras.preprocessing.image import ImageDataGenerator


def main(model_path: str, folder: str, answers_path: str) -> None:
    model = keras.models.load_model(model_path)
    files = pd.DataFrame({"file": sorted(map(str, Path(folder).iterdir()))})
    flow = ImageDataGenerator().flow_from_dataframe(
        files, x_col="file", class_mode=None, target_size=model.input_shape[1:3], shuffle=False, interpolation="bicubic"
    )
    ages = model.predict(flow)["age"][:, 0]
    answers = [{"file": file, "age": float(age)} for file, age in zip(files.file, ages, strict=True)]
    Path(answers_path).write_text(json.dumps(answers))


if __name__ == "__main__":
    main(*sys.argv[1:])
