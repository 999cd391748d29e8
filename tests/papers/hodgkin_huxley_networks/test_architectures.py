"""The paper's networks: sizes, ranges, and that each variant is what it says."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance import CWAConv2D, CWADense, LateralInhibition
from spikenet.layers.crops import Crops
from spikenet.papers.hodgkin_huxley_networks.architectures import (
    ARCHS,
    VARIANTS,
    Architecture,
    ImageInput,
    build_cwa,
    release_names,
)

RNG = np.random.default_rng(0)
SHOWN = {
    "mnist": RNG.integers(0, 256, (3, 28, 28)).astype(np.uint8),
    "cifar10": RNG.integers(0, 256, (3, 32, 32, 3)).astype(np.uint8),
}


def build(network, name="mnist", augment="none", seed=1):
    return build_cwa(network, ImageInput.of(name, SHOWN[name], augment), seed)


def weights_of(model):
    """Of all weights the number that the linear operations have, biases and read-out left out."""
    kinds = ("kernel", "g_exc", "g_inh")
    return sum(int(np.prod(v.shape)) for v in model.trainable_variables[:-2] if v.name in kinds)


@pytest.mark.parametrize("name, units", [("mnist", (2 * 784, 2000, 2000)), ("cifar10", (2 * 3072, 2000, 1000, 500))])
def test_dense_networks_have_the_papers_sizes(name, units):
    wanted = sum(a * b for a, b in zip(units, units[1:], strict=False))
    assert weights_of(build(Architecture("fcn"), name)) == wanted


def test_affine_networks_have_the_same_units_on_inputs_that_are_not_doubled():
    assert weights_of(build(Architecture("fcn", "affine"))) == 784 * 2000 + 2000 * 2000


@pytest.mark.parametrize("name, filters", [("mnist", (2, 32, 64, 128, 256)), ("cifar10", (6, 32, 64, 128, 256, 512))])
def test_convolutional_networks_have_the_papers_filters(name, filters):
    """The first kernel is 5 x 5: 6 x 5 x 5 = 150 connections on CIFAR-10, as the paper counts."""
    wanted = sum(a * b * (25 if k == 0 else 9) for k, (a, b) in enumerate(zip(filters, filters[1:], strict=False)))
    model = build(Architecture("cnn"), name)
    assert weights_of(model) == wanted
    first = next(layer for layer in model.layers if isinstance(layer, CWAConv2D))
    assert np.prod(first.conductances().shape[:3]) == 25 * filters[0]


def test_resnet18_has_17_convolutions_and_three_projections():
    model = build(Architecture("resnet18", width=1 / 8), "cifar10")
    kernels = [layer.conductances().shape[:2] for layer in model.layers if isinstance(layer, CWAConv2D)]
    assert kernels.count((3, 3)) == 17
    assert kernels.count((1, 1)) == 3


def test_releases_fail_in_training_each_layer_by_a_chance_of_its_own():
    model = build(Architecture(width=1 / 16, start="sparse", failure=0.25), "mnist")
    layers = [model.get_layer(name) for name in release_names(model)]
    assert [layer.failure for layer in layers] == [0.25, 0.25] and layers[0].seed != layers[1].seed
    logits = [np.asarray(model(SHOWN["mnist"], training=training)) for training in (True, True, False, False)]
    assert (logits[0] != logits[1]).any() and (logits[2] == logits[3]).all()


def networks() -> list:
    """One of every make; lateral inhibition is for dense layers, and one of the deep ones will do for every day."""
    makes = [(arch, variant) for arch in ARCHS for variant in VARIANTS if variant != "lateral" or arch == "fcn"]
    return [
        pytest.param(*make, marks=pytest.mark.slow if make[0] == "resnet18" and make[1] != "cwa-bn" else ())
        for make in makes
    ]


@pytest.mark.parametrize(("arch", "variant"), networks())
def test_whatever_is_released_is_a_probability(arch, variant):
    model = build(Architecture(arch, variant, width=1 / 32, interneurons=4))
    names = release_names(model)
    assert len(names) == {"fcn": 2, "cnn": 4, "resnet18": 17}[arch]
    inner = keras.Model(model.input, [model.get_layer(name).output for name in names])
    released = [np.asarray(p) for p in inner(SHOWN["mnist"], training=True)]
    assert all(p.min() >= 0 for p in released)
    if not variant.startswith("affine"):
        assert all(p.max() <= 1 for p in released)
    assert np.asarray(model(SHOWN["mnist"])).shape == (3, 10)
    assert any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers) == variant.endswith("-bn")
    assert any(isinstance(layer, LateralInhibition) for layer in model.layers) == (variant == "lateral")


def test_batchnorm_sees_the_small_differences_between_potentials():
    """They are widened to about 1 though they vary by hundredths, and at most 50 steps later without training too."""
    model = build(Architecture("fcn", "cwa-bn", width=1 / 16, start="sparse"), "cifar10")
    norm = next(layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    z = np.random.default_rng(0).normal(0.1, 0.03, (64, norm.moving_mean.shape[0])).astype(np.float32)
    for _ in range(50):
        trained = np.asarray(norm(z, training=True))
    assert trained.std() == pytest.approx(1, abs=0.01)
    # The variance that is remembered began at 1: 0.9^50 of it is left beside the true 0.0009.
    assert np.asarray(norm(z)).std() == pytest.approx((0.0009 / (0.0009 + 0.9**50)) ** 0.5, abs=0.05)


def test_with_batchnorm_hardly_a_release_is_cut_off_and_no_gain_is_trained():
    """Potentials have a standard deviation of a quarter, and releases end at 1."""
    model = build(Architecture("cnn", "cwa-bn", width=1 / 4, start="sparse"), "cifar10")
    released = [model.get_layer(name) for name in release_names(model)]
    shown = np.random.default_rng(3).integers(0, 256, (40, 32, 32, 3), np.uint8)
    for z in keras.Model(model.input, [layer.input for layer in released])(shown, training=True):
        assert np.asarray(z).std() == pytest.approx(0.25, abs=0.01)
    assert {one.name for one in model.trainable_variables} == {"g_exc", "g_inh", "kernel", "bias"}


def test_images_are_scaled_and_clipped_as_in_section_4_1():
    """Channels from -0.3 to 1, and what is below zero is zero; each input twice."""
    prepared = np.asarray(build(Architecture("fcn", width=0.01)).get_layer("prepare")(SHOWN["mnist"]))
    wanted = np.maximum(SHOWN["mnist"].reshape(3, -1) / 255 * 1.3 - 0.3, 0)
    np.testing.assert_allclose(prepared, np.concatenate([wanted, wanted], axis=1), atol=1e-6)


def test_affine_networks_with_batchnorm_get_whitened_images():
    prepared = np.asarray(
        build(Architecture("cnn", "affine-bn", width=0.1), "cifar10").get_layer("prepare")(SHOWN["cifar10"])
    )
    np.testing.assert_allclose(prepared.mean(axis=(0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(prepared.std(axis=(0, 1, 2)), 1, atol=1e-5)


def test_first_logits_are_glorots_times_as_much_as_said():
    usual, wide = (
        build(Architecture(width=0.05, gain=3.0, wide=wide)).get_layer("readout").get_weights()[0]
        for wide in (3.0, 30.0)
    )
    limit = np.sqrt(6 / (100 + 10))
    assert np.abs(usual).max() == pytest.approx(limit, rel=0.05)
    assert np.abs(wide).max() == pytest.approx(10 * limit, rel=0.05)


def test_the_seed_alone_decides_the_first_weights():
    first, again, other = (build(Architecture(width=0.01), seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[0], first[1]), "excitatory and inhibitory conductances are drawn apart"


def test_a_linear_release_is_a_change_of_units():
    model = build(Architecture(width=0.01, release="linear"))
    layer = model.get_layer("release_1")
    np.testing.assert_allclose(layer(np.float32([[-1, 0, 0.5]])), [[0, 0.5, 0.75]])


@pytest.mark.parametrize("augment, name", [("affine", "mnist"), ("shift", "mnist"), ("flip-shift", "cifar10")])
def test_images_are_moved_in_training_only(augment, name):
    prepare = build(Architecture("cnn", width=0.1), name, augment).get_layer("prepare")
    plain = np.asarray(build(Architecture("cnn", width=0.1), name).get_layer("prepare")(SHOWN[name]))
    np.testing.assert_allclose(prepare(SHOWN[name]), plain, atol=1e-6)
    assert not np.allclose(prepare(SHOWN[name], training=True), plain)


@pytest.mark.parametrize("augment, name, shift", [("shift", "mnist", 1), ("flip-shift", "cifar10", 4)])
def test_images_are_moved_by_as_many_pixels_as_the_paper_says(augment, name, shift):
    layers = build(Architecture("cnn", width=0.1), name, augment).get_layer("prepare").layers
    (crops,) = [layer for layer in layers if isinstance(layer, Crops)]
    assert (crops.shift, crops.flip) == (shift, augment == "flip-shift")


def test_a_sparse_start_opens_the_share_asked_for():
    model = build(Architecture(width=0.05, start="sparse", open=0.2))
    layer = next(one for one in model.layers if isinstance(one, CWADense))
    assert np.mean(layer.conductances() > 0) == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / layer.conductances().size))


def test_a_log_normal_start_has_the_spread_asked_for():
    model = build(Architecture(width=0.05, start="lognormal", spread=0.5, rule="exponential"))
    layer = next(one for one in model.layers if isinstance(one, CWADense))
    logarithms = np.log(layer.conductances())
    assert logarithms.std() == pytest.approx(0.5, rel=4 / np.sqrt(2 * logarithms.size))
    np.testing.assert_allclose(np.concatenate(layer.get_weights()), logarithms, atol=1e-5)


def test_branches_that_start_nearly_closed_leave_residual_blocks_to_their_shortcuts():
    """All potentials of a block's last convolution are small, and nothing else differs."""
    network = Architecture("resnet18", width=1 / 8, start="lognormal", rule="scaled", e_rest=0.0)
    plain, closed = (build(replace(network, branch=branch), "cifar10") for branch in (1.0, 1e-3))
    means = [
        [layer.conductances().mean() for layer in model.layers if isinstance(layer, CWAConv2D)]
        for model in (plain, closed)
    ]
    ratios = np.divide(*means[::-1])
    assert np.sum(ratios < 0.05) == 8  # less than a thousandth is cut off at e^-9
    np.testing.assert_array_equal(ratios[ratios >= 0.05], 1)
    first = closed.get_layer("release_1").output
    added = next(layer.output for layer in closed.layers if isinstance(layer, keras.layers.Add))
    before, after = keras.Model(closed.input, [first, added])(SHOWN["cifar10"])
    assert np.abs(np.asarray(after - before)).max() < 0.1


def test_layers_compute_in_the_precision_asked_for():
    model = build(Architecture(width=0.01, precision="mixed_bfloat16"))
    assert {one.compute_dtype for one in model.layers if isinstance(one, CWADense)} == {"bfloat16"}


@pytest.mark.parametrize(
    "settings, match",
    [
        ({"arch": "mlp"}, "unknown arch"),
        ({"variant": "relu"}, "unknown variant"),
        ({"start": "zero"}, "unknown start"),
        ({"rule": "squared"}, "unknown rule"),
        ({"rule": ["projected"]}, "unknown rule"),
        ({"variant": "affine", "release": "linear"}, "affine networks rectify"),
        ({"variant": "lateral", "release": "linear"}, "lateral networks rectify"),
        ({"arch": "resnet18", "branch": 0.1}, "branch is 0.1, which is for a lognormal resnet18"),
        ({"start": "lognormal", "branch": 0.1}, "branch is 0.1, which is for a lognormal resnet18"),
        ({"arch": "resnet18", "start": "lognormal", "branch": 0.0}, "branch is 0.0, wanted a number above 0"),
        (
            {"arch": "resnet18", "start": "lognormal", "rule": "scaled", "branch": 9e-4},
            "branch is 0.0009; scaled conductances start at 0.00091 or above",
        ),
        ({"spread": 4.0}, "spread is 4.0, wanted more than 0 and less than 4"),
        ({"spread": 0.0}, "spread is 0.0, wanted more than 0"),
        ({"release": "tanh"}, "unknown release"),
        ({"arch": "cnn", "variant": "lateral"}, "lateral inhibition is for dense layers"),
        ({"variant": "affine", "failure": 0.1}, "only clipped releases of conductance networks"),
        ({"release": "linear", "failure": 0.1}, "only clipped releases of conductance networks"),
    ],
)
def test_unknown_networks_are_refused(settings, match):
    with pytest.raises(InvalidValueError, match=match):
        Architecture(**settings)


def test_augmentation_that_does_not_fit_the_images_is_refused():
    with pytest.raises(InvalidValueError, match="unknown augment"):
        ImageInput.of("mnist", SHOWN["mnist"], "mixup")
    with pytest.raises(InvalidValueError, match="take flip-shift for colours"):
        build(Architecture("cnn"), "cifar10", "affine")
