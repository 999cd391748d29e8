"""Every layer of Keras between neurons: kept or refused, as the table of the guide says."""

import inspect

import keras
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.keras_layers import LAYERS, WITH_WEIGHTS, Treatment, layer_table, remedy_for
from spikenet.hybrid.activations.spiking_graph import with_spiking_activations
from spikenet.hybrid.network.graph import graph_of
from spikenet.hybrid.network.means import check_means
from tests.pages import ROOT

L = keras.layers
FLAT, ROWS, SQUARE, CUBE = (6,), (6, 3), (8, 8, 3), (4, 4, 4, 2)
# Layers beside those that are called without arguments: how they are made, from their class.
ARGUMENTS = {
    "Activation": ("relu",),
    "ActivityRegularization": (0.1,),
    "CenterCrop": (4, 4),
    "Dense": (3,),
    "EinsumDense": ("ab,bc->ac", 3),
    "Lambda": (lambda x: 2 * x + 1,),
    "Normalization": (-1, 1.0, 2.0),
    "Permute": ((2, 1),),
    "RandomCrop": (4, 4),
    "RandomPosterization": (3,),
    "RandomTranslation": (0.2, 0.2),
    "RepeatVector": (2,),
    "Rescaling": (0.5,),
    "Reshape": ((2, 3),),
    "Resizing": (4, 4),
    "GroupNormalization": (3,),
    "GRU": (2,),
    "LSTM": (2,),
    "SimpleRNN": (2,),
    "ConvLSTM1D": (2, 2),
    "ConvLSTM2D": (2, 2),
    "MultiHeadAttention": (2, 3),
    "GroupQueryAttention": (4, 2, 1),
    "Embedding": (9, 2),
    "ReversibleEmbedding": (9, 2),
    "CategoryEncoding": (9,),
    "Discretization": ((0.5, 1.0),),
    "STFTSpectrogram": ("stft", 2, 1, 2),
    "MelSpectrogram": (4, 2),
}
RATES = ("RandomBrightness", "RandomColorDegeneration", "RandomContrast", "RandomHue", "RandomSaturation")
RATES += ("RandomSharpness", "RandomRotation", "RandomZoom", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D")
RATES += ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise")
UNTRIED = {  # those that take no tensors of one input, or words, or run in another library
    *(name for name, (treatment, _) in LAYERS.items() if treatment is Treatment.NONE),
    *("FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper", "MaxNumBoundingBoxes", "RNN", "ConvLSTM3D"),
    *("GRUCell", "LSTMCell", "SimpleRNNCell", "StackedRNNCells", "Equalization", "Masking"),
    *("Hashing", "HashedCrossing", "IntegerLookup", "StringLookup", "TextVectorization"),
}
TRIED = [name for name in LAYERS if name not in UNTRIED and hasattr(L, name)]


def shape_of(name: str) -> tuple[int, ...]:
    if name in ("GroupNormalization", "BatchNormalization", "ConvLSTM1D"):
        return SQUARE
    if name in (
        "Permute",
        "Masking",
        "STFTSpectrogram",
        "TimeDistributed",
        "Bidirectional",
        "GRU",
        "LSTM",
        "SimpleRNN",
    ):
        return ROWS
    if "Attention" in name or "1D" in name:
        return ROWS
    if "3D" in name or name == "ConvLSTM2D":
        return CUBE
    image = "2D" in name or name.startswith(("Random", "Rand", "CutMix", "MixUp", "AugMix", "Contrast", "Auto"))
    return SQUARE if image or name in ("CenterCrop", "Resizing", "Pipeline", "Solarization") else FLAT


def made(name: str):
    kind, sizes = getattr(L, name), ARGUMENTS.get(name)
    if name in ("TimeDistributed", "SpectralNormalization"):
        return kind(L.Dense(3))
    if name == "Bidirectional":
        return kind(L.LSTM(2))
    if name == "Pipeline":
        return kind([L.Rescaling(0.5), L.CenterCrop(4, 4)])
    if sizes is None:
        convolution, pooling = "Conv" in name and name != "ConvLSTM3D", "Pooling" in name and "Global" not in name
        sizes = ((2,) if name.startswith("Depthwise") else (2, 2)) if convolution else (2,) if pooling else ()
        sizes = (0.2,) if name in RATES else () if name.startswith("Contrast") else sizes
    return kind(*sizes)


def applied(name: str, x):
    if name in ("Add", "Average", "Subtract", "Concatenate", "Maximum", "Minimum", "Multiply"):
        return made(name)([x, L.Dense(6)(x)])
    if name == "Dot":
        return L.Dot(1)([x, L.Dense(6)(x)])
    if name in ("Attention", "AdditiveAttention"):
        return made(name)([x, x])
    if name in ("MultiHeadAttention", "GroupQueryAttention"):
        return made(name)(x, x)
    return made(name)(x)


def convert(name: str, *, before: bool = False):
    """Convert a model with the layer between two ReLUs, or ``before`` both."""
    x = images = keras.Input(shape_of(name))
    x = applied(name, L.ReLU()(x)) if not before else L.ReLU()(applied(name, x))
    x = L.Flatten()(x) if len(x.shape) > 2 else x
    model = keras.Model(images, L.Dense(2)(L.ReLU()(x)))
    graph = with_spiking_activations(graph_of(model, flat=True), sn.neurons.SoftResetIF, sn.Spiking(8), "runtime")
    check_means(graph)
    return graph


def test_every_layer_of_keras_has_a_row():
    kinds = {name: kind for name, kind in vars(L).items() if inspect.isclass(kind)}
    known = {kinds[name] for name in LAYERS if name in kinds}
    assert sorted(name for name, kind in kinds.items() if kind not in known) == []


def test_the_table_of_the_guide_is_that_of_the_code():
    page = (ROOT / "docs/guides/spiking.md").read_text(encoding="utf-8")
    assert layer_table() in page, "write spikenet.hybrid.activations.keras_layers.layer_table() into the page"


def test_every_layer_with_an_activation_of_its_own_has_it_split_off_or_is_kept_outside():
    kept = {name for name, (treatment, _) in LAYERS.items() if treatment is not Treatment.OUTSIDE}
    layers = {getattr(L, name) for name in kept if hasattr(L, name)}
    own = {layer for layer in layers if "activation" in inspect.signature(layer).parameters}
    assert own - {L.Activation} == set(WITH_WEIGHTS)


@pytest.mark.parametrize("name", [one for one in TRIED if LAYERS[one][0] is not Treatment.OUTSIDE])
def test_kept_layers_may_be_between_neurons(name):
    kinds = [step.kind.name for step in convert(name).steps]
    assert kinds.count("ACTIVATION") == (3 if LAYERS[name][0] is Treatment.NEURONS else 2)
    assert kinds.count("MAXIMUM") == (LAYERS[name][0] is Treatment.MAXIMUM)


@pytest.mark.parametrize(
    "name", [one for one in TRIED if LAYERS[one][0] is Treatment.OUTSIDE and one != "Solarization"]
)
def test_other_layers_are_refused_between_neurons_with_what_to_do(name):
    with pytest.raises(InvalidValueError, match="something else than of their rates; |no rule with spikes: ") as caught:
        convert(name)
    if name not in ("ELU", "Softmax"):
        assert LAYERS[name][1] in str(caught.value)
        convert(name, before=True)


def test_remedies_of_subclasses_are_those_of_the_layer():
    class Own(L.LayerNormalization):
        pass

    assert "BatchNormalization" in remedy_for(Own())
    assert "docs/guides/spiking.md" in remedy_for(keras.ops.sin)
