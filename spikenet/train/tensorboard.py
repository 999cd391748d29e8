"""Write epochs as scalars for TensorBoard, which need not be installed."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import tensorflow as tf

from spikenet.errors import CheckpointError
from spikenet.train.history import Epoch

# What `tf.summary.scalar` writes, which wants TensorBoard installed for this alone.
_SCALAR = tf.compat.v1.SummaryMetadata(
    plugin_data=tf.compat.v1.SummaryMetadata.PluginData(plugin_name="scalars"), data_class="DATA_CLASS_SCALAR"
)


@contextmanager
def scalar_writer(folder: str | os.PathLike | None) -> Iterator[Callable[[Epoch], None]]:
    """Yield a function that writes an epoch into ``folder``, with its number as the step; for None it does nothing."""
    if folder is None:
        yield lambda epoch: None
        return
    try:
        writer = tf.summary.create_file_writer(os.fspath(folder))
    except tf.errors.OpError as error:
        raise CheckpointError(f"TensorBoard's files cannot be written in {folder}; choose another folder") from error
    try:
        yield lambda epoch: _write(writer, epoch)
    finally:
        writer.close()


def _write(writer, epoch: Epoch) -> None:
    names = ("loss", "accuracy", "validation_accuracy", "learning_rate", "seconds")
    values = {name: getattr(epoch, name) for name in names}
    values |= {f"class_accuracy/{c}": share for c, share in enumerate(epoch.per_class)}
    values |= {f"activity/{layer}": share for layer, share in enumerate(epoch.activity)}
    with writer.as_default(step=epoch.epoch):
        for name, value in values.items():
            if value is not None:
                tf.summary.write(name, tf.constant(value, tf.float32), metadata=_SCALAR)
    writer.flush()  # a training that is killed keeps its epochs
