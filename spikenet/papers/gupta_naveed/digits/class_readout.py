"""Reading digits from spikes: neurons are assigned to classes by what labelled training images evoked."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

N_CLASSES = 10
_PENALTIES = (1e-4, 1e-3, 1e-2)  # of squared weights, among which held-out images choose
_STEPS = 80  # of the fit of trained votes
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


@dataclass(frozen=True)
class TrainedVotes:
    """Weights of each spike for each class, and biases, fitted by logistic regression to labelled images.

    The features are square roots of the counts, whose variance hardly depends on the rate.
    """

    weights: np.ndarray  # (neuron, class)
    bias: np.ndarray  # (class,)

    @classmethod
    def of(cls, counts: np.ndarray, labels: np.ndarray) -> "TrainedVotes":
        """Fit them to spikes (image, neuron) and labels (image,); the last sixth of the images chooses the penalty."""
        kept = max(1, len(counts) // 6)
        errors = []
        for penalty in _PENALTIES:
            votes = cls._fit(counts[:-kept], labels[:-kept], penalty)
            errors.append(np.mean(votes(counts[-kept:]) != labels[-kept:]))
        return cls._fit(counts, labels, _PENALTIES[int(np.argmin(errors))])

    @classmethod
    def _fit(cls, counts: np.ndarray, labels: np.ndarray, penalty: float) -> "TrainedVotes":
        x, wanted = np.sqrt(counts, dtype=np.float32), np.eye(N_CLASSES, dtype=np.float32)[labels]
        size = x.shape[1] * N_CLASSES

        def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
            weights, bias = flat[:size].reshape(-1, N_CLASSES).astype(np.float32), flat[size:].astype(np.float32)
            logits = x @ weights + bias
            log_p = logits - logsumexp(logits, axis=1, keepdims=True)
            error = (np.exp(log_p) - wanted) / len(x)
            slope = x.T @ error + penalty * weights
            value = -np.sum(log_p * wanted) / len(x) + penalty * np.sum(weights**2) / 2
            return float(value), np.concatenate([slope.ravel(), error.sum(axis=0)]).astype(float)

        found = minimize(loss, np.zeros(size + N_CLASSES), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
        return cls(found[:size].reshape(-1, N_CLASSES), found[size:])

    def __call__(self, counts: np.ndarray) -> np.ndarray:
        """Return the class with most votes, (image,)."""
        return (np.sqrt(counts) @ self.weights + self.bias).argmax(axis=1)


READOUTS = {
    "vote of the assigned class": ClassResponses.vote,
    "votes weighted by class": ClassResponses.weighted_vote,
    "likeliest class": ClassResponses.likelihood,
}
TRAINED = "trained votes"


def read_classes(counts: np.ndarray, labels: np.ndarray, tested: np.ndarray) -> dict[str, np.ndarray]:
    """Return the classes (image,) of images whose spikes are ``tested`` (image, neuron), by each readout.

    ``counts`` (image, neuron) and ``labels`` (image,) are those of labelled training images.
    """
    responses = ClassResponses.of(counts, labels)
    found = {name: readout(responses, tested) for name, readout in READOUTS.items()}
    return found | {TRAINED: TrainedVotes.of(counts, labels)(tested)}
