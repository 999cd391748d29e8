"""Section 1 of Bogatenko et al. (2023): accuracies of the trained network, before it has any neurons."""

import numpy as np

from spikenet.experiments.claim import Claim
from spikenet.experiments.classification import classify, count_correct, percent_correct
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.papers.bogatenko2023 import PAPER
from spikenet.papers.bogatenko2023.ann import train_or_load_ann
from spikenet.papers.bogatenko2023.options import ann_training, load_images, uses_all_data
from spikenet.papers.bogatenko2023.published_tables import ANN_ACCURACY, DIGITS, PARTS
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_digits
from spikenet.report.table import Table, mean_sd

SOURCE = f"{PAPER}, section 1"
NAMES = {"train": "training", "test": "test"}


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train a network for each seed; the first one stays in the run folder."""
    data, training = load_images(setup), ann_training(setup)
    labels = {"train": data.y_train, "test": data.y_test}
    images = {"train": data.x_train, "test": data.x_test}
    correct: dict[str, list[np.ndarray]] = {part: [] for part in PARTS}
    for seed in setup.seeds:
        model = train_or_load_ann(context, data, training, seed)
        if seed == setup.seeds[0]:
            model.save(context.file(f"ann-seed-{seed}.keras"))
        for part in PARTS:
            correct[part].append(count_correct(classify(model, images[part]), labels[part]))
    digits = {part: percent_correct(correct[part], labels[part]) for part in PARTS}
    accuracy = {part: [100 * found.sum() / len(labels[part]) for found in correct[part]] for part in PARTS}
    plot_digits(context.figure("digits"), DIGITS, {NAMES[part]: digits[part] for part in PARTS}, "The trained network")
    return Outcome(
        metrics={"accuracy": accuracy, "digits": digits, "training": str(training)},
        claims=_claims(setup, accuracy),
        tables=(_accuracies(accuracy, str(training)), _digits(digits)),
        figures=(_figure(accuracy),),
        notes=_notes(setup),
    )


def _claims(setup: Setup, accuracy: dict[str, list[float]]) -> tuple[Claim, ...]:
    """Compare with the paper only on all of MNIST, which its network was trained on."""
    if not uses_all_data(setup):
        return ()
    return tuple(
        Claim.at_least(
            f"accuracy on the {NAMES[part]} images (%), mean of {len(setup.seeds)} networks",
            SOURCE,
            paper=ANN_ACCURACY[part],
            measured=float(np.mean(accuracy[part])),
        )
        for part in PARTS
    )


def _accuracies(accuracy: dict[str, list[float]], training: str) -> Table:
    rows = [
        (NAMES[part], mean_sd(accuracy[part], 2), min(accuracy[part]), max(accuracy[part]), ANN_ACCURACY[part])
        for part in PARTS
    ]
    columns = ("images", "recognised (%)", "worst seed", "best seed", "paper (all images)")
    return Table("Accuracy of the trained network", columns, tuple(rows), f"784-100-10, {training}.", decimals=2)


def _digits(digits: dict[str, np.ndarray]) -> Table:
    rows = [(digit, *(mean_sd(digits[part][:, digit]) for part in PARTS)) for digit in DIGITS]
    return Table("Recognised of each digit (%)", ("digit", *NAMES.values()), tuple(rows))


def _figure(accuracy: dict[str, list[float]]) -> Figure:
    means = " and ".join(f"{np.mean(accuracy[part]):.1f} % on {NAMES[part]} images" for part in PARTS)
    return Figure("digits.png", "Digits that the network recognises", f"Bars for each digit; on average {means}.")


def _notes(setup: Setup) -> tuple[str, ...]:
    if uses_all_data(setup):
        return ()
    return ("The paper's accuracies are for all 70,000 images; a network that was trained on fewer cannot reach them.",)
