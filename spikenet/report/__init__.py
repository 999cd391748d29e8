"""Tables and figures of a report."""

from spikenet.report.figure import Figure
from spikenet.report.table import Table, mean_sd

__all__ = ["Figure", "Table", "mean_sd"]
