"""Claims of both experiments."""

from spikenet.papers.gupta_naveed.conventional import ensemble_report
from spikenet.papers.gupta_naveed.conventional.printed_networks import PrintedNetwork, PrintedTable

SMALL = PrintedTable(
    "cnn", "2.1", {k: PrintedNetwork(k, "MaxPool[4x4] - Dense(8) - Dense(10)", 99.0) for k in (1, 2)}, 99.6
)


class _Found:
    def __init__(self, name, numbers=(1, 2)):
        self.table, self.name, self.networks = SMALL, name, dict.fromkeys(numbers)

    published = ensemble_report._Ensembles.published


def test_what_is_claimed_depends_on_the_recipe():
    correct = {"test": {1: [99.05], 2: [99.2], "averaging": [99.5], "stacking": [99.5]}}
    first, second, stacking = ensemble_report._claims(_Found("printed"), correct)
    assert (first.holds, second.holds, stacking.holds) == (True, False, False)  # ± 0.1, and 99.6
    *better, averaging = ensemble_report._claims(_Found("own"), correct)
    assert all(one.holds for one in better)
    assert averaging.low == ensemble_report.BARS["cnn"] and not averaging.holds
    (alone,) = ensemble_report._claims(_Found("printed", (1,)), {"test": {1: [99.05]}})
    assert alone.holds
