"""Train a ReLU network with BatchNormalization on CIFAR-10, to be converted to spikes: models/cifar10-relu-*.keras.

python tools/train_cifar10.py {cnn,resnet} FOLDER [--epochs 14] [--width 32]

CIFAR-10 is read from SPIKENET_DATA, as the experiments do; the last 5,000 training images validate. Interrupted, it
goes on after the last epoch. An hour on a core that it shares.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

import spikenet as sn  # noqa: E402

L = keras.layers
BATCH, KEPT = 128, 5000


def convolution(x, filters: int, stride: int = 1, size: int = 3, *, activate: bool = True):
    """Return a convolution with BatchNormalization, and a ReLU if asked."""
    settings = {"strides": stride, "padding": "same", "use_bias": False, "kernel_initializer": "he_normal"}
    x = L.BatchNormalization()(L.Conv2D(filters, size, **settings)(x))
    return L.ReLU()(x) if activate else x


def build(kind: str, width: int) -> keras.Model:
    """Return the network: images (image, 32, 32, 3) from 0 to 255, logits (image, class)."""
    images = keras.Input((32, 32, 3))
    x = L.Rescaling(1 / 127.5, offset=-1)(images)
    if kind == "cnn":
        stages = (width, 1), (width, 2), (2 * width, 1), (2 * width, 2), (4 * width, 1), (4 * width, 1)
        for filters, stride in stages:
            x = convolution(x, filters, stride)
        x = L.Dropout(0.2)(x)
    else:
        x = convolution(x, width)
        for filters, first in ((width, 1), (2 * width, 2), (4 * width, 2)):
            for stride in (first, 1):
                beside = convolution(convolution(x, filters, stride), filters, activate=False)
                same = x.shape[-1] == filters and stride == 1
                short = x if same else convolution(x, filters, stride, 1, activate=False)
                x = L.ReLU()(L.Add()([beside, short]))
    return keras.Model(images, L.Dense(10)(L.GlobalAveragePooling2D()(x)))


def moved(image, label):
    """Mirror an image by chance, and shift it by up to 4 pixels."""
    image = tf.pad(tf.image.random_flip_left_right(image), ((4, 4), (4, 4), (0, 0)), mode="REFLECT")
    return tf.image.random_crop(image, (32, 32, 3), seed=1), label


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("cnn", "resnet"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--width", type=int, default=32)
    settings = parser.parse_args()
    keras.utils.set_random_seed(1)
    data = sn.load_dataset("cifar10", "full")
    model = build(settings.kind, settings.width)
    images = tf.data.Dataset.from_tensor_slices((data.x_train[:-KEPT], data.y_train[:-KEPT]))
    images = images.shuffle(50_000, seed=1).map(moved).batch(BATCH, drop_remainder=True).prefetch(2)
    steps = (len(data.x_train) - KEPT) // BATCH * settings.epochs
    rate = keras.optimizers.schedules.CosineDecay(
        1e-5, steps - steps // 10, warmup_target=4e-3, warmup_steps=steps // 10
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.AdamW(rate, weight_decay=5e-3), loss, metrics=["accuracy"])
    validation = data.x_train[-KEPT:].astype("float32"), data.y_train[-KEPT:]
    backup = keras.callbacks.BackupAndRestore(settings.folder / f"backup-{settings.kind}")
    model.fit(images, epochs=settings.epochs, validation_data=validation, callbacks=[backup], verbose=2)
    loss, accuracy = model.evaluate(data.x_test.astype("float32"), data.y_test, batch_size=500, verbose=0)
    print(f"test images: {100 * accuracy:.2f} %")
    keras.Model(model.inputs, model.outputs).save(settings.folder / f"cifar10-relu-{settings.kind}.keras")


if __name__ == "__main__":
    main()
