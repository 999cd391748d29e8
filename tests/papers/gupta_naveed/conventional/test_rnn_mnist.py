"""The experiment with a tiny network on few images; wrong options."""

import pytest

from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.gupta_naveed.conventional import rnn_mnist
from spikenet.papers.gupta_naveed.conventional.printed_networks import PrintedNetwork, PrintedTable


def test_a_recurrent_network_runs_alone_without_test_images(quick_run, monkeypatch):
    tiny = PrintedTable("rnn", "2.2", {3: PrintedNetwork(3, "GRU(2) - Dense(10)", 98.99, "Row")}, 99.38)
    monkeypatch.setattr(rnn_mnist, "RNNS", tiny)
    result, _ = quick_run("rnn-mnist", seeds=(1,), images=100, held=20, epochs=1, networks=[3], test=0, batch=50)
    assert set(result["metrics"]["recognised"]) == {"held out"}
    assert set(result["metrics"]["recognised"]["held out"]) == {"3"}


def test_the_recurrent_table_has_four_networks():
    with pytest.raises(InvalidValueError, match="give some of 1, 2, 3, 4, each once"):
        load_experiment("rnn-mnist").complete(Setup(options={"networks": [5]}))
