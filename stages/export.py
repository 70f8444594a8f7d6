"""export: the model as files that other engines run, each held against Keras on the test faces.

    python -m stages.export --model models/model.keras --epochs models/epochs
        --train data/faces/train --val data/faces/val --test data/faces/test --scores metrics/metrics.json
        --onnx models/model.onnx --card models/model.json --formats models/formats --parity metrics/export.json

model.onnx and model.json are what `ageline predict` needs. Where a format answers otherwise than Keras by more than
`export.tolerance`, or is none that its engine takes, the stage fails and writes nothing.

Whatever engine trained the model, TensorFlow converts it here. Training faces are not looked at: their labels are a
part of the hash that tells which data made the model.
"""

import argparse
from pathlib import Path

from ageline.errors import run
from ageline.model.backend import use_backend
from ageline.params import load_params
from ageline.scoring.predictions import check_fold
from ageline.serving.model_card import as_json
from ageline.store.faceset import FaceSet
from ageline.store.files import remove_partials, write_json, written_together
from ageline.store.manifest import SPLITS


def main(argv: list[str] | None = None) -> None:
    flags = _parse(argv)
    params = load_params()
    folders = dict(zip(SPLITS, (flags.train, flags.val, flags.test), strict=True))
    facesets = {fold: FaceSet.open(folder) for fold, folder in folders.items()}
    for fold, faces in facesets.items():
        check_fold(faces.manifest, fold)

    remove_partials(flags.onnx, flags.card, flags.formats, flags.parity)
    use_backend("tensorflow")  # which converts what any engine trained; before anything imports Keras
    from ageline.export.card import hashes_of, interval_of, make_card, read_metrics
    from ageline.export.fit import check_model
    from ageline.export.float32 import forbid_tensor_float_32, in_float32
    from ageline.export.measuring import Reference, measure_bfloat16, metrics_of
    from ageline.export.writing import Places, hold_against_keras, write_formats
    from ageline.model.archive import load_model
    from ageline.training.checkpoints import load_epoch
    from ageline.training.determinism import prepare_engine
    from ageline.training.prediction import predict

    prepare_engine(params.train.model_copy(update={"precision": "float32"}))
    forbid_tensor_float_32()
    scores = read_metrics(flags.scores, params.target)
    model = load_model(flags.model)
    check_model(model, params.target, facesets["test"].height_width, flags.model)
    if params.evaluate.epoch is not None:
        load_epoch(model, flags.epochs, params.evaluate.epoch)
    model = in_float32(model)
    val, test = (predict(model, facesets[fold], params.target, params.train.batch_size) for fold in ("val", "test"))
    reference = Reference(test, facesets["test"], params.target)
    interval = interval_of(test, val, params.evaluate) if params.target == "age" else None
    with written_together(flags.onnx, flags.card, flags.formats, flags.parity) as partial:
        places = Places(*partial)
        write_formats(model, params.target, params.export, places)
        metrics = hold_against_keras(reference, params.export, places)
        bfloat16, note = measure_bfloat16(reference, places.onnx)
        hashes = hashes_of(list(facesets.values()), params, flags.model, places.onnx)
        card = make_card(params, scores, hashes, facesets["test"].height_width, interval, bfloat16)
        metrics |= metrics_of(bfloat16)
        write_json(places.card, as_json(card))
        write_json(places.parity, metrics)
    print("\n".join([*(f"{name} {value}" for name, value in metrics.items()), *note]))


def _parse(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="the trained model, .keras")
    parser.add_argument("--epochs", type=Path, required=True, help="folder of each epoch's weights")
    parser.add_argument("--train", type=Path, required=True, help="training faces, for the hash of faces and labels")
    parser.add_argument("--val", type=Path, required=True, help="validation faces, for the intervals")
    parser.add_argument("--test", type=Path, required=True, help="test faces, which each format answers for")
    parser.add_argument("--scores", type=Path, required=True, help="metrics.json of the evaluation")
    parser.add_argument("--onnx", type=Path, required=True, help="model.onnx")
    parser.add_argument("--card", type=Path, required=True, help="model.json")
    parser.add_argument("--formats", type=Path, required=True, help="folder for the other formats")
    parser.add_argument("--parity", type=Path, required=True, help="export.json: how far each format is from Keras")
    return parser.parse_args(argv)


if __name__ == "__main__":
    run(main)
