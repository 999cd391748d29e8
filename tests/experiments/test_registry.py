from spikenet.experiments.registry import ExperimentEntry


def test_an_entry_reads_as_a_row_of_the_list_of_experiments():
    entry = ExperimentEntry("tiny", "A tiny one", "Someone (2023), table 1", "some.module")
    assert entry[:3] == ("tiny", "A tiny one", "Someone (2023), table 1")
    assert entry.module == "some.module"
