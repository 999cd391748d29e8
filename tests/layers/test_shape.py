"""The shapes that layers take: every layer that averages conductances, and what stands around them."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.layers.crops import Crops
from spikenet.layers.shape import check_shape

DENSE = {
    "cwa": lambda: sn.layers.CWADense(4, name="mine"),
    "absnorm": lambda: sn.layers.AbsNormDense(4, name="mine"),
    "lateral": lambda: sn.layers.LateralInhibition(sn.layers.CWADense(4), 2, name="mine"),
    "doubled": lambda: sn.layers.Doubled(name="mine"),
}
IMAGES = {
    "cwa": lambda: sn.layers.CWAConv2D(4, 3, name="mine"),
    "absnorm": lambda: sn.layers.AbsNormConv2D(4, 3, name="mine"),
    "crops": lambda: Crops(1, name="mine"),
}
WAYS = {
    "numbers": lambda layer, *shapes: layer(*(np.zeros(shape, np.float32) for shape in shapes)),
    "symbols": lambda layer, *shapes: layer(*(keras.Input(shape[1:], batch_size=shape[0]) for shape in shapes)),
}


@pytest.mark.parametrize("give", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("make", DENSE.values(), ids=DENSE)
@pytest.mark.parametrize("shape, message", [((8,), r"wanted \(sample, ..., input\)"), ((2, 0), "known and not 0")])
def test_rows_have_an_axis_of_inputs(make, give, shape, message):
    with pytest.raises(InvalidValueError, match=rf"mine was given the shape \({str(shape)[1:-1]}\); .*{message}"):
        give(make(), shape)


@pytest.mark.parametrize("give", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("make", IMAGES.values(), ids=IMAGES)
@pytest.mark.parametrize("shape", [(2, 8), (2, 5, 8), (2, 5, 5, 5, 8), (2, 0, 5, 8), (2, 5, 5, 0)], ids=str)
def test_images_have_two_axes_and_channels(make, give, shape):
    with pytest.raises(InvalidValueError, match=r"mine was given the shape \(2, .*wanted \(image, y, x, channel\)"):
        give(make(), shape)


@pytest.mark.parametrize("make", [*DENSE.values(), IMAGES["cwa"], IMAGES["absnorm"]])
def test_the_number_of_inputs_is_known(make):
    shape = (8, 8, None) if "conv" in type(make()).__name__.lower() else (None,)
    with pytest.raises(InvalidValueError, match="mine was given .*None.*give keras.Input the whole shape"):
        make()(keras.Input(shape))


def test_crops_know_the_size_of_images():
    with pytest.raises(InvalidValueError, match="give keras.Input the whole shape"):
        Crops(1)(keras.Input((None, 8, 2)))


@pytest.mark.parametrize("make", [*DENSE.values(), *IMAGES.values(), lambda: sn.layers.Release(name="mine")])
def test_one_tensor_is_one(make):
    with pytest.raises(InvalidValueError, match="mine was given 2 tensors, wanted one"):
        make()([np.zeros((2, 4)), np.zeros((2, 4))])
    with pytest.raises(InvalidValueError, match="mine was given 1 tensors, wanted one"):
        make()({"p": np.zeros((2, 4))})


def test_release_has_samples():
    with pytest.raises(InvalidValueError, match=r"mine was given the shape \(\); wanted \(sample, ...\)"):
        sn.layers.Release(name="mine")(np.float32(1))


@pytest.mark.parametrize("give", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("name", [name for name in DENSE if name != "doubled"])
def test_a_layer_stays_with_the_inputs_that_it_was_built_for(name, give):
    layer = DENSE[name]()
    give(layer, (2, 8))
    give(layer, (3, 8))
    with pytest.raises(InvalidValueError, match=r"mine was given the shape \(2, 6\), and is built for 8 on the last"):
        give(layer, (2, 6))


def test_patches_fit_into_images_unless_these_are_padded():
    sn.layers.CWAConv2D(2, (5, 3))(np.zeros((1, 4, 4, 2)))
    sn.layers.CWAConv2D(2, (4, 3), padding="valid")(np.zeros((1, 4, 4, 2)))
    sn.layers.CWAConv2D(2, (5, 3), padding="valid")(keras.Input((None, None, 2)))
    with pytest.raises(InvalidValueError, match=r"mine was given .*wanted images of at least \(5, 3\) pixels"):
        sn.layers.CWAConv2D(2, (5, 3), padding="valid", name="mine")(np.zeros((1, 4, 4, 2)))


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: sn.layers.CWADense(0, name="mine"), "mine: units is 0, wanted a whole number from 1"),
        (lambda: sn.layers.AbsNormDense(-1, name="mine"), "mine: units is -1"),
        (lambda: sn.layers.CWAConv2D(0, 3, name="mine"), "mine: filters is 0"),
        (lambda: sn.layers.AbsNormConv2D(2, 0, name="mine"), r"mine: size\[y\] is 0"),
        (lambda: sn.layers.CWADense(2, g_rest=0.0, name="mine"), "mine: g_rest is 0.0"),
        (
            lambda: sn.layers.LateralInhibition(sn.layers.CWADense(2), 0),
            "interneurons is 0, wanted a whole number from 1",
        ),
        (lambda: sn.layers.LateralInhibition(sn.layers.CWADense(2), 1, 0), "steps is 0, wanted a whole number from 1"),
    ],
)
def test_errors_in_settings_name_the_layer(make, message):
    with pytest.raises(InvalidValueError, match=message):
        make()


def test_axes_between_may_be_any_number():
    layer = sn.layers.Release(name="mine")
    for shape in [(None, 3), (None, 4, 3), (None, None, 7, 3)]:
        check_shape(layer, shape, "sample, input", more=True)
    check_shape(layer, (None, None), "sample, input", known=0)
    with pytest.raises(InvalidValueError, match=r"\(None, None\); wanted \(sample, input\) with sizes"):
        check_shape(layer, (None, None), "sample, input")
