"""A Keras layer of neurons: forward, a simulation; backward, a surrogate of its derivative."""

from dataclasses import asdict

import keras
import numpy as np
import tensorflow as tf

from spikenet.encode import Drive
from spikenet.engines.base import Engine
from spikenet.engines.job import check_units
from spikenet.engines.simulate import Schedule, Simulation, find_engine
from spikenet.errors import InvalidTypeError, InvalidValueError, TrainingError
from spikenet.layers.fixed_settings import FixedSettings
from spikenet.layers.gradient.gradients import ThroughTime, check_gradient, gradient_of
from spikenet.layers.saving import from_json, to_json
from spikenet.layers.simulation import DrivenSimulation
from spikenet.neurons.model import NeuronModel
from spikenet.renames import refuse_old_arguments
from spikenet.validate import check_seed

_DRAWS = 2**31 - 1
_RENAMED = {"record": "duration", "of": "variable"}


@keras.saving.register_keras_serializable("spikenet")
class Population(FixedSettings, keras.layers.Layer):
    """A layer of simulated neurons, one for each unit of its input, in any Keras model.

    The input z is a pre-activation, as a Dense layer gives it: (sample, unit) for a constant one, or (sample, time,
    unit) for one that changes in equal steps over ``duration``; it is 0 while the neurons settle. ``drive`` turns it
    into the neuron's input, for instance a current. Forward, an engine simulates the neurons; backward, ``surrogate``
    stands in for the derivative of the output by z.

    Recurrent units have weights among them, ``recurrent_kernel`` (unit, unit): in each step of ``dt``, the
    pre-activation of a unit is its input and the weighted sum of what all units of its sample sent in the step before.
    Spiking neurons send 1 in the step of a spike and 0 otherwise, others their ``variable``.

    Parameters
    ----------
    neuron : NeuronModel
        For example `spikenet.FHN`.
    drive : Drive
        From pre-activations to the neuron's input, in its units; for example ``sn.tanh_drive(gamma=-0.5)``.
    duration, settle, dt, sample_dt : quantity, str or float
        Times as in `simulate`, in seconds if they have no unit: the neurons run for ``settle``, then are recorded for
        ``duration``, in steps of ``dt``, every ``sample_dt``.
    output : str
        "mean", "final" or "count" (of spikes), each (sample, unit); "trace" (sample, time, unit); or "instants": random
        samples of the trace in training, (sample, instant, unit), and the whole trace otherwise.
    variable : str, optional
        The recorded variable; the neuron's first output if left out.
    instants : int
        Number of random samples, for output "instants".
    surrogate : str, ThroughTime or callable
        A name of GRADIENTS or SURROGATES, a `ThroughTime` with a width, or a function that returns the slope for an
        array z.
    engine : str or Engine
        Simulates the neurons; the attribute ``engine`` can be set to another one at any time.
    seed : int
        Of the random samples and of noise.
    return_sequences : bool
        Whether to return the output "mean", "final" or "count" of each step of the input, (sample, time, unit).
    recurrent : bool
        Whether units drive each other. Engines "cpp" and "runtime" simulate such units.
    recurrent_initializer : str or keras.initializers.Initializer
        Of the recurrent weights.

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        When the layer is made, if settings do not fit together; nothing is simulated before.

    Examples
    --------
    >>> import keras
    >>> import spikenet as sn
    >>> neurons = sn.Population(sn.FHN, drive=sn.tanh_drive(gamma=-0.5), settle="200 ms", duration="100 ms")
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8), neurons, keras.layers.Dense(2)])
    >>> model.output_shape
    (None, 2)

    Rows of an image, one after the other, into neurons that remember:

    >>> spiking = sn.Population(sn.LIF, drive=sn.linear_drive("0.2 nA", "0.1 nA"), duration="28 ms", dt="1 ms",
    ...                         output="count", surrogate="step", engine="cpp", recurrent=True, return_sequences=True)
    >>> rows = keras.Sequential([keras.Input((28, 28)), keras.layers.Dense(8), spiking, keras.layers.Flatten()])
    >>> rows.output_shape
    (None, 224)
    """

    def __new__(cls, *args, **settings):
        refuse_old_arguments(cls.__name__, settings, _RENAMED)
        return super().__new__(cls, *args, **settings)

    def __init__(  # noqa: PLR0913 (a contract with the user; all but one are named)
        self,
        neuron: NeuronModel,
        *,
        drive: Drive,
        duration,
        settle=0.0,
        dt=None,
        sample_dt=None,
        output: str = "mean",
        variable: str | None = None,
        instants: int = 8,
        surrogate="response",
        engine: str | Engine = "response",
        seed: int = 0,
        return_sequences: bool = False,
        recurrent: bool = False,
        recurrent_initializer="orthogonal",
        **settings,
    ):
        if keras.backend.backend() != "tensorflow":
            raise InvalidValueError(
                f"Keras uses {keras.backend.backend()}; wanted tensorflow: set KERAS_BACKEND=tensorflow before its "
                "import"
            )
        super().__init__(**settings)
        simulation = Simulation(neuron, Schedule(duration, settle, dt, sample_dt), engine=engine)
        self.driven = DrivenSimulation(
            simulation, drive, output, variable, instants, bool(return_sequences), bool(recurrent)
        )
        self._gradient = gradient_of(surrogate)
        check_gradient(self._gradient, self.driven, surrogate)
        self.surrogate, self.seed = surrogate, check_seed(seed)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self._draws = keras.random.SeedGenerator(seed)
        self.supports_jit = False  # XLA cannot call the engines; what it can compile, it does

    @property
    def simulation(self) -> Simulation:
        """Return the simulation that the layer runs: neuron, schedule and engine."""
        return self.driven.simulation

    @property
    def engine(self) -> Engine:
        """Return the engine that simulates the neurons."""
        return self.simulation.engine

    @engine.setter
    def engine(self, engine: str | Engine) -> None:
        self.driven = self.driven.with_engine(find_engine(engine))

    def build(self, input_shape) -> None:
        """Make the recurrent weights, if there are any.

        Raises InvalidValueError if the input is neither (sample, unit) nor (sample, time, unit), its steps do not fit
        into the duration, or the initial states are for another width.
        """
        if len(input_shape) not in (2, 3) or None in input_shape[1:]:
            raise InvalidValueError(
                f"{self.name} was given the shape {tuple(input_shape)}; wanted (sample, unit), as a Dense layer gives, "
                "or (sample, time, unit) with a known number of steps"
            )
        units = input_shape[-1]
        check_units(self.simulation.neuron, units)
        self.driven = self.driven.with_input(tuple(input_shape))
        check_gradient(self._gradient, self.driven, self.surrogate)
        if self.driven.recurrent:
            self.recurrent_kernel = self.add_weight(
                name="recurrent_kernel", shape=(units, units), initializer=self.recurrent_initializer
            )
        super().build(input_shape)

    def call(self, z, training: bool = False):
        draw = keras.random.randint((), 0, _DRAWS, seed=self._draws) if training else tf.constant(0)
        z = tf.convert_to_tensor(z)
        given = z.dtype if z.dtype.is_floating else tf.as_dtype(self.compute_dtype)  # or means would be whole, too
        exact = given if given in (tf.float32, tf.float64) else tf.float32  # in mixed precision
        weights = [tf.cast(self.recurrent_kernel, exact)] if self.driven.recurrent else []
        return tf.cast(self._simulated(tf.cast(z, exact), weights, tf.cast(draw, tf.int64), bool(training)), given)

    def _simulated(self, z: tf.Tensor, weights: list[tf.Tensor], draw: tf.Tensor, training: bool) -> tf.Tensor:
        """Return the output; ``weights`` are the recurrent ones, if there are any."""
        driven = self.driven.with_input(tuple(z.shape))

        def simulate(z, draw, *weights):
            now = self.driven.with_input(z.shape)  # by then, it may have another engine
            return now(z, int(draw), training, *weights).astype(z.dtype)

        @tf.custom_gradient
        def population(z, *weights):
            found = tf.numpy_function(simulate, [z, draw, *weights], z.dtype)
            found.set_shape(self._shape(z.shape, training))
            return found, backward

        def backward(upstream):
            if driven.unfolds:
                found = self._gradient.unfolded(driven, z, weights[0] if weights else None, draw, upstream)
            else:
                found = (self._gradient.backward(driven, z, draw, upstream),)
            return [checked(one, upstream) for one in found if one is not None]

        def checked(gradient, upstream):
            same = tf.numpy_function(check, [gradient, upstream], gradient.dtype, stateful=False)
            same.set_shape(gradient.shape)
            return same

        def check(gradient, upstream):
            if not np.isfinite(gradient).all() and np.isfinite(upstream).all():
                raise TrainingError(
                    f"the gradient of layer {self.name} (neuron {self.driven.neuron.name}, surrogate "
                    f"{self.surrogate!r}) is not finite; take another surrogate, a shorter duration, or smaller drives"
                )
            return gradient

        return population(z, *weights)

    def _shape(self, shape, training: bool) -> tuple:
        if self.driven.recorded != "trace":
            return tuple(shape) if self.driven.return_sequences else (shape[0], shape[-1])
        samples = self.simulation.steps.samples
        chosen = self.driven.output == "instants" and training
        return shape[0], min(self.driven.instants, samples) if chosen else samples, shape[-1]

    def compute_output_shape(self, input_shape) -> tuple:
        """Return (sample, unit) or (sample, time, unit); None for the time of instants, which training changes."""
        shape = self._shape(tuple(input_shape), False)
        return (shape[0], None, shape[2]) if self.driven.output == "instants" else shape

    def get_config(self) -> dict:
        """Return the settings. Raise InvalidTypeError if the surrogate is a function or the engine is your own."""
        now = self.driven
        if not isinstance(self.surrogate, str | ThroughTime):
            raise InvalidTypeError(
                f"{self.name} cannot be saved with the surrogate {self.surrogate!r}; wanted a name, or save the weights"
            )
        parts = {"neuron": now.neuron, "drive": now.drive, "engine": now.engine, "surrogate": self.surrogate}
        names = {"output": now.output, "variable": now.variable, "instants": now.instants}
        names |= {"return_sequences": now.return_sequences, "recurrent": now.recurrent}
        initializer = keras.initializers.serialize(self.recurrent_initializer)
        return (
            super().get_config()
            | {name: to_json(part) for name, part in parts.items()}
            | asdict(now.simulation.schedule)
            | names
            | {"seed": self.seed, "recurrent_initializer": initializer}
        )

    @classmethod
    def from_config(cls, config: dict) -> "Population":
        """Make the layer again. Files of before 0.2 have ``record`` for ``duration`` and ``of`` for ``variable``."""
        config = {_RENAMED.get(name, name): value for name, value in config.items()}
        parts = {name: from_json(config[name]) for name in ("neuron", "drive", "engine", "surrogate")}
        return cls(**config | parts)
