"""Settings that are fixed once a layer is made, so that none is accepted, saved and then ignored."""

import inspect
from functools import cache, wraps

from spikenet.errors import InvalidTypeError


class FixedSettings:
    """Base of layers and initializers whose settings, the arguments of ``__init__``, cannot be set afterwards.

    A setting that works at any time is a property with a setter.
    """

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**options)
        make = cls.__init__

        @wraps(make)
        def __init__(self, *args, **settings):
            make(self, *args, **settings)
            if type(self) is cls:
                self._is_made = True

        __init__.__signature__ = inspect.signature(make)  # Keras reads it
        cls.__init__ = __init__

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute. Raise InvalidTypeError if it is a setting, which is fixed."""
        if "_is_made" in self.__dict__ and name in _fixed_settings(type(self)):
            raise InvalidTypeError(
                f"{name} of {getattr(self, 'name', 'the initializer')} was fixed when it was made; make another "
                f"{type(self).__name__}({name}=...)"
            )
        super().__setattr__(name, value)


@cache
def _fixed_settings(kind: type) -> frozenset[str]:
    """Return the names of the arguments of all classes, without those that have a setter and Keras' own."""
    classes = [one for one in kind.__mro__ if issubclass(one, FixedSettings) and one is not FixedSettings]
    names = {name for one in classes for name in inspect.signature(one.__init__).parameters}
    real = {name for name in names if getattr(getattr(kind, name, None), "fset", None)}
    return frozenset(names - real - {"self", "args", "settings", "kwargs", "name", "dtype", "trainable"})
