"""Keras with its back end, or one sentence that says why it cannot be imported.

Imported before every other module that needs Keras.
"""

import os

from spikenet.errors import InvalidValueError

try:
    import keras  # noqa: F401
except (ImportError, ValueError) as error:
    raise InvalidValueError(
        f"Keras cannot be imported with KERAS_BACKEND={os.environ.get('KERAS_BACKEND')!r} ({error}); set it to "
        "'tensorflow', which spikenet needs, or unset it"
    ) from error
