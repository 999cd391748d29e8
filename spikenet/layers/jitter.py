"""Small random shifts, turns and stretches of images while a network is trained."""

import keras
from keras import ops

from spikenet.layers.fixed_settings import FixedSettings
from spikenet.validate import check_positive, check_seed


@keras.saving.register_keras_serializable("spikenet")
class Jitter(FixedSettings, keras.layers.Layer):
    """Random small shifts, rotations, stretches and shears of images, in training only.

    Images (image, y, x) keep their shape. Each image has one affine map with bilinear interpolation, and zeros come in
    from outside. Each parameter is the bound b of a uniform draw from -b to b.

    Parameters
    ----------
    shift : float
        In pixels, in both directions.
    turn : float
        In radians.
    stretch : float
        As a fraction of the width and of the height, drawn for each.
    shear : float
        As a fraction.
    seed : int
        Of the draws.

    Raises
    ------
    InvalidValueError
        If a bound is negative.
    """

    def __init__(self, shift=0.0, turn=0.0, stretch=0.0, shear=0.0, seed: int = 0, **settings):
        super().__init__(**settings)
        self.most = {"shift": shift, "turn": turn, "stretch": stretch, "shear": shear}
        for name, most in self.most.items():
            check_positive(most, name, zero=True)
        self.seed = check_seed(seed)
        self._draws = keras.random.SeedGenerator(seed)

    def call(self, images, training: bool = False):
        if not training or not any(self.most.values()):
            return images
        height, width = images.shape[1:3]
        drawn = keras.random.uniform((6, ops.shape(images)[0]), -1, 1, seed=self._draws)
        turn, shear = self.most["turn"] * drawn[0], self.most["shear"] * drawn[1]
        wide, high = (1 + self.most["stretch"] * drawn[k] for k in (2, 3))
        right, down = (self.most["shift"] * drawn[k] for k in (4, 5))
        # Rows of the map from where a pixel is to where it comes from, about the middle of the image.
        cos, sin = ops.cos(turn), ops.sin(turn)
        row_x, row_y = (cos * wide, (shear * cos - sin) * high), (sin * wide, (shear * sin + cos) * high)
        middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
        from_x = middle_x + right - row_x[0] * middle_x - row_x[1] * middle_y
        from_y = middle_y + down - row_y[0] * middle_x - row_y[1] * middle_y
        none = ops.zeros_like(turn)
        maps = ops.stack([*row_x, from_x, *row_y, from_y, none, none], axis=1)
        moved = ops.image.affine_transform(ops.cast(images, "float32")[..., None], maps, data_format="channels_last")
        return ops.cast(moved[..., 0], images.dtype)

    def get_config(self) -> dict:
        return super().get_config() | self.most | {"seed": self.seed}
