"""Every Python block of the guides runs, page by page, and does what the page says."""

import pytest

from tests.pages import ROOT, name_of, python_blocks, run_page

GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))

# What must hold once a page's blocks have run, in their namespace.
CHECKS = {
    "simulate": """
assert abs(recording.mean[0] + drive[0]).max() < 0.05  # the recording is no whole number of cycles
assert spikes.count.min() > 0 and len(spikes.spikes.times_of(sample=0, unit=1)) == spikes.count[0, 1]
assert cycles.tolist() == [[16, 32]]
assert counted.tolist() == [[0, 9]]
assert (late.first_spike > 0.1).all()
assert abs(slow.mean[0, 0] - 0.9) < 0.05 and abs(fast.mean[0, 0] + 0.9) < 0.05
assert 2 < largest < 2.2  # the outer branches of the cubic end at 2
assert rate[0] == 0 and (np.diff(rate) >= 0).all() and abs(curve.drives[rate > 0][0] - 0.2e-9) < 0.02e-9
assert (first == again).all() and (first != other).any()
""",
    "embed": """
accuracies = [one.evaluate(digits.x_test, digits.y_test).accuracy for one in (plain, fitted)]
assert accuracies[0] < accuracies[1] and accuracies[1] > 0.96
assert fitted.verify(digits.x_test).same_class > 0.99
assert recordings["hidden"].trace.shape == (3, 1000, 100)
assert fitted.logits_over_time(images).shape == (3, 1000, 10)
""",
    "train": """
assert hybrid.evaluate(digits.x_test, digits.y_test).accuracy > 0.8
assert accuracy > 0.88  # every neuron simulated
assert spiking.engine.name == "cpp"
assert len(history.epochs) == 2
""",
    "time": """
assert accuracy > 0.8
assert neurons.recurrent_kernel.shape == (64, 64)
assert counts.shape == (4, 16) and 0 < keras.ops.max(counts) < 28
""",
    "conductance": """
found = sn.to_brian(model).verify(digits.x_test)
assert found.same_class == 1
assert spiking.evaluate(digits.x_test, digits.y_test).accuracy > 0.97
assert (by_chance.predict(images) == spiking.predict(images)).mean() >= 0.9
assert moving.logits_over_time(images).shape == (20, 10, 10)
assert "accuracy" in looped.history.history
""",
    "spiking": """
trained = model.evaluate(digits.x_test, digits.y_test, verbose=0)[1]
assert trained > 0.9 and network.evaluate(digits.x_test, digits.y_test).accuracy > trained - 0.02
assert recordings["hidden"].count.shape == (3, 64)
assert set(circuit.synapses) == {"edges->max_pooling2d", "max_pooling2d->hidden"}
assert abs(len(whole["hidden"].spikes) - len(layers["hidden"].spikes)) < 5
""",
    "brian2-scripts": """
assert counts == sorted(counts) and counts[0] > 0
assert voltage.v.shape == (1, 500)
assert 4000 < spikes.num_spikes < 20_000  # without noise each spikes twice in 100 ms, every 35.8 ms
""",
    "engines": """
assert abs(single.mean - exact.mean).max() < 1e-2
assert table.provenance["error"]["mean_max"] < 1e-2
""",
    "synapses": """
assert spikes.num_spikes > 0 and 800 < len(synapses) < 1200
assert both.states == ("v", "g_exc", "g_inh")
assert (len(everyone), len(pairs), len(listed), len(matrix)) == (600, 20, 2, 600) and 0 < len(some) < 100
assert mine.parameters["rate"].value == 0.02
assert np.allclose(np.bincount(learned.j[:], weights=learned.w[:]), 5)
""",
    "experiments": "assert len(digits.y_test) == 1000",
    "cuda": """
from pathlib import Path
assert list(Path("cuda-project").rglob("*.cu"))
assert Path("fhn-cuda", "run.sh").is_file() and list(Path("fhn-cuda").rglob("*.cu"))
""",
}
QUICK = ("experiments", "engines", "brian2-scripts", "cuda")


def test_each_guide_is_checked():
    assert {page.stem for page in GUIDES if python_blocks(page)} == set(CHECKS)


def marks(page) -> list[pytest.MarkDecorator]:
    slow = [] if page.stem in QUICK else [pytest.mark.slow]
    return [*slow, pytest.mark.brian2cuda] if page.stem == "cuda" else slow


@pytest.mark.parametrize("page", [pytest.param(page, id=name_of(page), marks=marks(page)) for page in GUIDES])
def test_its_blocks_run(page, tmp_path):
    run_page(page, tmp_path, CHECKS[page.stem])
