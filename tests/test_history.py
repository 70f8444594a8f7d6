import pandas as pd

from ageline.training.history import Record

LOGS = {"loss": 7.5, "mae": 7.25, "val_loss": 8.5, "val_mae": 8.25, "learning_rate": 5e-06}


def test_both_tables_can_be_read_before_the_first_epoch_and_after_each(tmp_path):
    history, epochs = tmp_path / "metrics" / "history.csv", tmp_path / "epochs"
    record = Record(history, epochs, "mae")
    assert history.read_text() == "epoch,phase,loss,mae,val_loss,val_mae,learning_rate\n"
    record.add("top", LOGS, None)
    assert history.read_text().splitlines()[1:] == ["1,top,7.5,7.25,8.5,8.25,5e-06"]
    record.add("fine_tune", LOGS | {"val_mae": 8.0}, "epoch-002.weights.h5")
    assert history.read_text().splitlines()[2] == "2,fine_tune,7.5,7.25,8.5,8.0,5e-06"
    assert (epochs / "epochs.csv").read_text().splitlines() == [
        "epoch,phase,loss,mae,val_loss,val_mae,learning_rate,file",
        "1,top,7.5,7.25,8.5,8.25,5e-06,",
        "2,fine_tune,7.5,7.25,8.5,8.0,5e-06,epoch-002.weights.h5",
    ]


def test_a_record_begins_anew(tmp_path):
    (tmp_path / "epochs").mkdir()
    (tmp_path / "epochs" / "epoch-009.weights.h5").touch()
    (tmp_path / "history.csv").write_text("of another run")
    Record(tmp_path / "history.csv", tmp_path / "epochs", "accuracy")
    assert [path.name for path in (tmp_path / "epochs").iterdir()] == ["epochs.csv"]
    assert pd.read_csv(tmp_path / "history.csv").columns[3] == "accuracy"
