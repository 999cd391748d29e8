import pytest
import tensorflow as tf

from spikenet.errors import CheckpointError
from spikenet.train import Epoch
from spikenet.train.tensorboard import scalar_writer

EPOCHS = [
    Epoch(1, 2.5, 0.25, 0.5, (0.75, None), 0.125, 3.0),
    Epoch(2, 1.5, 0.5, None, (), 0.0625, 4.0),
]


def found(folder):
    """{(tag, step): value} of all event files, and the plugins that are to show them."""
    values, plugins = {}, set()
    for path in sorted(folder.glob("events.out.tfevents.*")):
        for record in tf.data.TFRecordDataset(str(path)):
            event = tf.compat.v1.Event.FromString(record.numpy())
            for value in event.summary.value:
                values[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
                plugins.add(value.metadata.plugin_data.plugin_name)
    return values, plugins


def test_every_number_of_an_epoch_is_a_scalar(tmp_path):
    with scalar_writer(tmp_path) as tell:
        for epoch in EPOCHS:
            tell(epoch)
            assert ("loss", epoch.epoch) in found(tmp_path)[0], "an epoch has to be there at once"
    values, plugins = found(tmp_path)
    assert plugins == {"scalars"}
    assert values == {
        ("loss", 1): 2.5, ("accuracy", 1): 0.25, ("validation_accuracy", 1): 0.5, ("class_accuracy/0", 1): 0.75,
        ("learning_rate", 1): 0.125, ("seconds", 1): 3.0,
        ("loss", 2): 1.5, ("accuracy", 2): 0.5, ("learning_rate", 2): 0.0625, ("seconds", 2): 4.0,
    }  # fmt: skip


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with scalar_writer(None) as tell:
        tell(EPOCHS[0])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="TensorBoard's files cannot be written in .*file; choose another folder"):
        with scalar_writer(tmp_path / "file"):
            pytest.fail("written")
