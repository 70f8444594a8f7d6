"""What params.yaml needs for each head, for tests of them all."""

CLASSES = {"target": "gender", "train.monitor": "val_accuracy", "gate.metric": "accuracy"}
HEADS: dict[str, dict[str, object]] = {
    "regression": {"model.top.head": "regression", "train.loss": "mae"},
    "distribution": {"model.top.head": "distribution", "train.loss": "dldl"},
    "ordinal": {"model.top.head": "ordinal", "train.loss": "crossentropy"},
    "classes": {"model.top.head": "classes", "train.loss": "crossentropy", **CLASSES},
}
CNN = {"model.backbone": "CNN", "ingest.image_size": 53}
