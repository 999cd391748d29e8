"""What images of digits look like to a network: rates of 784 pixels. NumPy alone, for interpreters of rivals."""

import numpy as np

SPIKES = 2200  # of all pixels in the time that an image is shown


def digit_rates(images: int, shown: float = 0.35) -> np.ndarray:
    """Return rates of Poisson spikes in Hz (image, pixel), if an image is shown for so many seconds."""
    rng = np.random.default_rng(0)
    rates = (rng.random((images, 784)) < 0.2) * rng.uniform(0.2, 1, (images, 784))
    return rates * SPIKES / shown / rates.sum(axis=1, keepdims=True)
