import random
import signal
import subprocess
import sys

import numpy as np
import pytest

from spikenet.errors import CheckpointError
from spikenet.train import Epoch, History
from spikenet.train.checkpoints.checkpoint import TrainingIdentity, TrainingState
from spikenet.train.checkpoints.store import open_store

IDENTITY = TrainingIdentity({"batch": "3"}, ("kernel (2,)",), ("iteration ()",))


def state(number):
    epochs = tuple(Epoch(n, 1.0, 0.5, None, (), 0.1, 1.0) for n in range(1, number + 1))
    return TrainingState(History(epochs), 1.0, [np.full(2, number)], [np.array(number)], [])


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "checkpoints") as store:
        yield store


@pytest.fixture
def three(store):
    for number in (1, 2, 3):
        store.write(state(number), IDENTITY)
    return store


def names(store):
    return sorted(path.name for path in store.folder.iterdir() if not path.name.startswith("."))


def spoil(store, name):
    path = store.folder / name
    path.write_bytes(path.read_bytes()[:100])


def test_the_newest_is_taken_and_the_last_two_are_kept(three):
    assert names(three) == ["epoch-0002.npz", "epoch-0003.npz"]
    assert three.begin(IDENTITY, resume=True).model[0].tolist() == [3, 3]


def test_epochs_are_ordered_as_numbers(store):
    for number in (9998, 9999, 10000, 10001):
        epoch = Epoch(number, 1.0, 0.5, None, (), 0.1, 1.0)
        store.write(TrainingState(History((epoch,)), 1.0, [np.array(number)], [np.array(0)], []), IDENTITY)
    assert names(store) == ["epoch-10000.npz", "epoch-10001.npz"]
    assert store.begin(IDENTITY, resume=True).model[0] == 10001


def test_nothing_starts_over_a_training(three):
    with pytest.raises(CheckpointError, match="holds checkpoints of a training .epoch-0003.npz.*resume=True"):
        three.begin(IDENTITY, resume=False)


def test_there_has_to_be_something_to_resume(store):
    assert store.begin(IDENTITY, resume=False) is None
    with pytest.raises(CheckpointError, match="there is no checkpoint in .*checkpoints; use resume=False"):
        store.begin(IDENTITY, resume=True)


def test_what_differs_is_told(three):
    for identity, told in [
        (TrainingIdentity({"batch": "4"}, IDENTITY.model, IDENTITY.optimizer), "batch was 3, is 4"),
        (
            TrainingIdentity(IDENTITY.settings, ("kernel (3,)",), IDENTITY.optimizer),
            r"model: kernel \(2,\) is now kernel \(3,\)",
        ),
        (TrainingIdentity(IDENTITY.settings, IDENTITY.model, ()), "the optimizer had 1 variables, has 0"),
    ]:
        with pytest.raises(CheckpointError, match=rf"epoch-0003.npz belongs to another training \({told}\)"):
            three.begin(identity, resume=True)


def test_if_the_newest_is_damaged_the_one_before_it_is_used(three):
    spoil(three, "epoch-0003.npz")
    with pytest.warns(RuntimeWarning, match="epoch-0003.npz cannot be read.*epoch-0002.npz, is complete and is used"):
        assert three.begin(IDENTITY, resume=True).model[0].tolist() == [2, 2]


def test_if_none_is_whole_each_is_named(three):
    spoil(three, "epoch-0003.npz")
    spoil(three, "epoch-0002.npz")
    with pytest.raises(CheckpointError, match=r"epoch-0003.npz cannot be read.*epoch-0002.npz cannot.*remove both"):
        three.begin(IDENTITY, resume=True)
    (three.folder / "epoch-0002.npz").unlink()
    with pytest.raises(CheckpointError, match="epoch-0003.npz cannot be read.*there is none before it; remove it"):
        three.begin(IDENTITY, resume=True)


def test_one_training_at_a_time_writes_a_folder(store):
    with pytest.raises(CheckpointError, match="another training is writing checkpoints in"):
        with open_store(store.folder):
            pass


def test_a_folder_is_free_again_when_its_training_ends(tmp_path):
    for _ in range(2):
        with open_store(tmp_path):
            pass


def test_a_folder_that_cannot_be_is_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(CheckpointError, match="checkpoints cannot be written in .*file"):
        with open_store(tmp_path / "file"):
            pass


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with open_store(None) as store:
        store.write(state(1), IDENTITY)
        assert store.begin(IDENTITY, resume=False) is None
    assert not list(tmp_path.iterdir())


def kill_at(script, folder, epochs, fraction, delay):
    """Run the script until it has told ``fraction`` and a moment more, then kill it; what it had told last."""
    command = [sys.executable, str(script), str(folder), str(epochs), "0.003"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        told = 0.0
        for line in process.stdout:
            told = float(line)
            if told >= fraction:
                break
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        errors = process.communicate()[1]
    assert process.returncode == -signal.SIGKILL, errors[-2000:]
    return told


@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_killed_at_random_moments_it_ends_with_the_same_bits(small, images, labels, tmp_path, kills, same_bits):
    epochs, rng = 2 * kills + 2, random.Random(kills + 1)  # the first kill is behind the first checkpoint
    model = small.build()
    small.trainer(None, model).fit(images, labels, epochs)
    for kill in range(kills):  # each a little after the one before: some in an epoch, some in a checkpoint
        fraction = (2 * kill + rng.uniform(0.2, 1.8)) / epochs
        told = kill_at(small.path, tmp_path, epochs, fraction, rng.uniform(0, 0.03))
        whole = [int(path.stem[-4:]) for path in tmp_path.glob("epoch-*.npz")]
        assert max(whole, default=0) >= int(told * epochs), "more than the epoch under way was lost"
    done = small.build(0.003, seed=9)
    resume = bool(whole)
    small.trainer(tmp_path, done).fit(images, labels, epochs, resume=resume)
    assert same_bits(model, done)


def test_a_full_disk_is_told_and_leaves_what_was_there(three, monkeypatch):
    def full(*arguments, **arrays):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(CheckpointError, match="epoch-0004.npz cannot be written in .*No space left.*resume=True"):
        three.write(state(4), IDENTITY)
    assert names(three) == ["epoch-0002.npz", "epoch-0003.npz"]


def test_no_link_is_followed(tmp_path, three):
    target = tmp_path / "mine"
    target.write_text("precious")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / ".lock").symlink_to(target)
    with pytest.raises(CheckpointError, match="cannot be written"), open_store(tmp_path / "other"):
        pass
    newest = three.folder / "epoch-0003.npz"
    newest.rename(tmp_path / "elsewhere.npz")
    newest.symlink_to(tmp_path / "elsewhere.npz")
    with pytest.warns(RuntimeWarning, match="epoch-0003.npz cannot be read"):
        assert three.begin(IDENTITY, resume=True).model[0].tolist() == [2, 2]
    assert target.read_text() == "precious"
