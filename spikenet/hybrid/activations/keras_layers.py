"""The layers of Keras: what becomes of each where neurons send spikes for activations, and what to do instead."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

import keras

_KEPT_NAMES = """
    Dense EinsumDense Conv1D Conv2D Conv3D Conv1DTranspose Conv2DTranspose Conv3DTranspose DepthwiseConv1D
    DepthwiseConv2D SeparableConv1D SeparableConv2D
""".split()
_ROWS = "train sn.Population(..., recurrent=...) in its place, or keep it before or behind all layers with activations"
_ATTENTION = "it multiplies activities: keep it before or behind all layers with activations"
_NORM = "it divides by a statistic of each image: train with BatchNormalization"
_WORDS = "it looks values up: keep it before all layers with activations"
_AUGMENTS = "for training: it changes nothing when the network runs"


class Treatment(Enum):
    """What becomes of a layer."""

    NEURONS = "becomes neurons"
    WEIGHTS = "kept; its activation becomes neurons"
    AFFINE = "kept"
    TRAINING = "kept; it changes nothing at inference"
    MAXIMUM = "kept; the maximum of spikes is exact"
    OUTSIDE = "kept before or behind all neurons, refused between them"
    NONE = "no layer of its own"


def _rows(treatment: Treatment, names: str, note: str = "") -> dict[str, tuple[Treatment, str]]:
    return dict.fromkeys(names.split(), (treatment, note))


LAYERS: Mapping[str, tuple[Treatment, str]] = MappingProxyType(
    _rows(Treatment.NEURONS, "ReLU", "with a threshold of 0, and not both a largest value and a slope below zero")
    | _rows(Treatment.NEURONS, "LeakyReLU PReLU", "two neurons a unit, one of them for values below zero")
    | _rows(Treatment.NEURONS, "Activation", "relu, relu6, leaky_relu, hard_sigmoid; others: see below")
    | _rows(Treatment.WEIGHTS, " ".join(_KEPT_NAMES))
    | _rows(
        Treatment.AFFINE,
        """
        Add Average Subtract Concatenate Flatten Reshape Permute RepeatVector Identity Rescaling Normalization
        BatchNormalization AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling1D
        GlobalAveragePooling2D GlobalAveragePooling3D AdaptiveAveragePooling1D AdaptiveAveragePooling2D
        AdaptiveAveragePooling3D UpSampling1D UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D
        Cropping1D Cropping2D Cropping3D CenterCrop Resizing
        """,
    )
    | _rows(Treatment.AFFINE, "Lambda", "where its function is affine; else train with a layer of this table")
    | _rows(
        Treatment.AFFINE,
        "TimeDistributed SpectralNormalization",
        "of a layer without an activation: put a ReLU behind the wrapper",
    )
    | _rows(Treatment.AFFINE, "Pipeline", "of layers that are kept")
    | _rows(Treatment.AFFINE, "Masking", "leave it out: rows of zeros send no spikes")
    | _rows(
        Treatment.TRAINING,
        "Dropout AlphaDropout GaussianDropout GaussianNoise SpatialDropout1D SpatialDropout2D SpatialDropout3D "
        "ActivityRegularization",
    )
    | _rows(
        Treatment.TRAINING,
        """
        RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform
        RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective
        RandomPosterization RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom
        RandAugment AugMix CutMix MixUp MaxNumBoundingBoxes
        """,
        _AUGMENTS,
    )
    | _rows(
        Treatment.MAXIMUM,
        """
        MaxPooling1D MaxPooling2D MaxPooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D Maximum
        AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D
        """,
        "of what has come so far",
    )
    | _rows(Treatment.OUTSIDE, "Minimum", "take the negative of a Maximum: Rescaling(-1) before and behind it")
    | _rows(Treatment.OUTSIDE, "Multiply Dot", "a product of activities: take Add, or Rescaling for a constant factor")
    | _rows(Treatment.OUTSIDE, "Attention AdditiveAttention MultiHeadAttention GroupQueryAttention", _ATTENTION)
    | _rows(Treatment.OUTSIDE, "LayerNormalization GroupNormalization RMSNormalization UnitNormalization", _NORM)
    | _rows(
        Treatment.OUTSIDE,
        "GRU LSTM SimpleRNN RNN Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GRUCell LSTMCell SimpleRNNCell "
        "StackedRNNCells",
        _ROWS,
    )
    | _rows(Treatment.OUTSIDE, "ELU", "it is curved below zero: train with ReLU or LeakyReLU")
    | _rows(Treatment.OUTSIDE, "Softmax", "it divides by a sum over units: only the end may have it, and gives logits")
    | _rows(
        Treatment.OUTSIDE,
        """
        Embedding ReversibleEmbedding CategoryEncoding Discretization Hashing HashedCrossing IntegerLookup StringLookup
        TextVectorization
        """,
        _WORDS,
    )
    | _rows(
        Treatment.OUTSIDE,
        "MelSpectrogram STFTSpectrogram AutoContrast Equalization Solarization "
        "ContrastLimitedAdaptiveHistogramEqualization",
        "it prepares data: keep it before all layers with activations",
    )
    | _rows(
        Treatment.OUTSIDE,
        "FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper",
        "its inside cannot be seen: make the network of layers of Keras",
    )
    | _rows(Treatment.NONE, "Layer Wrapper InputLayer InputSpec")
)
# Layers with weights; without their own activation they are affine.
WITH_WEIGHTS = tuple(getattr(keras.layers, name) for name in _KEPT_NAMES)
_OTHER = "between neurons, sums of activities are kept; take a layer of docs/guides/spiking.md, or AveragePooling"


def remedy_for(layer) -> str:
    """Return what to do about a layer, or an operation of Keras, that cannot be between neurons."""
    kinds = type(layer).__mro__
    notes = (note for name, (_, note) in LAYERS.items() if note and getattr(keras.layers, name, None) in kinds)
    return next(notes, _OTHER)


def layer_table() -> str:
    """Return the table of all layers, in Markdown, by what becomes of them."""
    rows: dict[tuple[Treatment, str], list[str]] = {}
    for name, row in LAYERS.items():
        rows.setdefault(row, []).append(f"`{name}`")
    lines = [f"| {' '.join(names)} | {kind.value} | {note} |" for (kind, note), names in rows.items()]
    return "\n".join(["| layers | what becomes of them | note, or what to do instead |", "| --- | --- | --- |", *lines])
