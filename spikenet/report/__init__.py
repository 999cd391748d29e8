"""Tables, plots and the page of a run folder."""

from spikenet.report.figure import Figure
from spikenet.report.table import Table, mean_sd

__all__ = ["Figure", "Table", "mean_sd"]
