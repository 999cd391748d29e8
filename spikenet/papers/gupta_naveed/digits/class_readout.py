"""Reading digits from spikes: neurons are assigned to classes by what labelled training images evoked."""

from dataclasses import dataclass

import numpy as np

N_CLASSES = 10
_PRIOR = 0.01  # spikes, so that a neuron that was silent for a class does not exclude it


@dataclass(frozen=True)
class ClassResponses:
    """Mean spikes of each neuron for the images of each class, (class, neuron)."""

    means: np.ndarray

    @classmethod
    def of(cls, counts: np.ndarray, labels: np.ndarray) -> "ClassResponses":
        """Measure them from spikes (image, neuron) and labels (image,) of training images."""
        sums = np.zeros((N_CLASSES, counts.shape[1]))
        np.add.at(sums, labels, counts)
        return cls(sums / np.maximum(np.bincount(labels, minlength=N_CLASSES), 1)[:, None])

    @property
    def assigned(self) -> np.ndarray:
        """The class to which each neuron responds most, (neuron,)."""
        return self.means.argmax(axis=0)

    def vote(self, counts: np.ndarray) -> np.ndarray:
        """Return the class whose neurons spike most on average, as Diehl and Cook (2015) do, (image,)."""
        members = np.eye(N_CLASSES)[self.assigned]  # (neuron, class)
        return (counts @ members / np.maximum(members.sum(axis=0), 1)).argmax(axis=1)

    def weighted_vote(self, counts: np.ndarray) -> np.ndarray:
        """Return the class with most votes; a spike votes for each class by its neuron's share of spikes for it."""
        shares = self.means / np.maximum(self.means.sum(axis=0), 1e-12)
        return (counts @ shares.T).argmax(axis=1)

    def likelihood(self, counts: np.ndarray) -> np.ndarray:
        """Return the likeliest class if the spikes of each neuron are Poisson, (image,)."""
        means = self.means + _PRIOR
        return (counts @ np.log(means).T - means.sum(axis=1)).argmax(axis=1)


READOUTS = {
    "vote of the assigned class": ClassResponses.vote,
    "votes weighted by class": ClassResponses.weighted_vote,
    "likeliest class": ClassResponses.likelihood,
}
