"""The experiments of both tables: networks and ensembles beside the paper's accuracies."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.experiments.image_splits import DataSplits, load_splits
from spikenet.papers.gupta_naveed import PAPER
from spikenet.papers.gupta_naveed.conventional.ensembles import Stacking, average
from spikenet.papers.gupta_naveed.conventional.network_training import NetworkTraining, TrainedClassifier
from spikenet.papers.gupta_naveed.conventional.printed_networks import PrintedTable
from spikenet.papers.gupta_naveed.conventional.training_recipes import RECIPES, TrainingRecipe, choose_recipe
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import BLUE, INK, ORANGE, Labels, drawing, legend_above
from spikenet.report.table import Table, mean_sd

AVERAGING, STACKING = "averaging", "stacking"
BARS: Mapping[str, float] = {"cnn": 99.70, "rnn": 99.40}  # per cent, what we want of our own ensembles
_NEAR = 0.1  # per cent


def check(table: PrintedTable, setup: Setup) -> None:
    """Raise an error for networks that are not in the table, and for a recipe that cannot be."""
    numbers = setup.options["networks"]
    if len(set(numbers)) < len(numbers) or not set(numbers) <= set(table.networks):
        known = ", ".join(map(str, table.networks))
        raise InvalidValueError(f"networks are {numbers}; give some of {known}, each once")
    if not setup.options["held"]:
        raise InvalidValueError("held is 0, but stacking is trained on images held out; give at least 1")
    choose_recipe(table.kind, setup)


def run(table: PrintedTable, setup: Setup, context: RunContext) -> Outcome:
    """Train the networks for each seed; those of the first seed stay in the run folder."""
    options = setup.options
    recipe, splits = choose_recipe(table.kind, setup), load_splits("mnist", setup)
    kept = Path(options["kept"]) if options["kept"] else None
    training = NetworkTraining(context, splits, options["precision"], kept)
    found: dict[int, list[TrainedClassifier]] = {number: [] for number in options["networks"]}
    for seed in setup.seeds:
        for number, networks in found.items():
            networks.append(training.network(table.networks[number], recipe, seed))
            if len(networks) == 1:
                networks[0].model.save(context.file(f"{table.kind}-{number}.keras"))
            shares = ", ".join(
                f"{part} {_percent(outputs.argmax(axis=1), splits.judged[part][1]):.2f} %"
                for part, outputs in networks[-1].outputs.items()
            )
            context.log(f"{table.kind} {number}, seed {seed}: {shares}")
    found = dict(sorted(found.items()))
    ensembles = _Ensembles(table, recipe, options["recipe"], splits, found, setup.seeds)
    whole = setup.data == "full" and not options["images"] and recipe == RECIPES[table.kind, options["recipe"]]
    correct = ensembles.correct()
    _draw(context, ensembles, correct)
    return Outcome(
        metrics={
            "recognised": {part: {str(name): values for name, values in of.items()} for part, of in correct.items()},
            "held out by epoch": {str(number): ensembles.curves(number) for number in found},
            "seconds an epoch": {
                str(number): [float(one.curve("seconds").mean()) for one in networks]
                for number, networks in found.items()
            },
            "parameters": {str(number): int(networks[0].model.count_params()) for number, networks in found.items()},
            "precision": options["precision"],
        },
        claims=_claims(ensembles, correct) if whole and "test" in correct else (),
        tables=(_table(ensembles, correct),),
        figures=_figures(),
    )


def _percent(classes: np.ndarray, labels: np.ndarray) -> float:
    return 100 * float(np.mean(classes == labels))


@dataclass(frozen=True, eq=False)
class _Ensembles:
    """The networks of a table, by number and seed, trained by ``recipe``, which is called ``name``."""

    table: PrintedTable
    recipe: TrainingRecipe
    name: str
    splits: DataSplits
    networks: Mapping[int, list[TrainedClassifier]]
    seeds: tuple[int, ...]

    def curves(self, number: int) -> np.ndarray:
        """Return the accuracy for held-out images in per cent, (seed, epoch)."""
        return np.array([100 * one.curve("validation_accuracy") for one in self.networks[number]])

    def correct(self) -> dict[str, dict[int | str, list[float]]]:
        """Return the per cent recognised of each part, by network or ensemble and by seed.

        The network that stacks is trained on the images held out, so there is no number of theirs for it.
        """
        held = self.splits.validation[1]
        names = [*self.networks, *((AVERAGING, STACKING) if len(self.networks) > 1 else ())]
        found = {part: {name: [] for name in names} for part in self.splits.judged}
        for place, seed in enumerate(self.seeds):
            outputs = {
                part: np.array([networks[place].outputs[part] for networks in self.networks.values()]) for part in found
            }
            for part, (_, labels) in self.splits.judged.items():
                for number, one in zip(self.networks, outputs[part], strict=True):
                    found[part][number].append(_percent(one.argmax(axis=1), labels))
                if len(self.networks) > 1:
                    found[part][AVERAGING].append(_percent(average(outputs[part]), labels))
            if "test" in found and len(self.networks) > 1:
                stacking = Stacking(outputs["held out"], held, seed)
                found["test"][STACKING].append(_percent(stacking.classify(outputs["test"]), self.splits.test[1]))
        return {part: {name: values for name, values in of.items() if values} for part, of in found.items()}

    def published(self, name: int | str) -> float | None:
        """Return the paper's accuracy of a network or ensemble in per cent."""
        if name == AVERAGING:
            return None
        return self.table.stacking if name == STACKING else self.table.networks[name].accuracy


def _claims(ensembles: _Ensembles, correct: dict) -> tuple[Claim, ...]:
    """Compare with the paper's accuracies; our own recipe's averaging with our own bar."""
    table, found = ensembles.table, []
    whole = set(ensembles.networks) == set(table.networks)
    source = f"{PAPER}, section {table.section}"
    for name, values in correct["test"].items():
        measured, paper = float(np.mean(values)), ensembles.published(name)
        id = f"{table.kind} {name}, {ensembles.name} recipe: test accuracy (%)"
        if isinstance(name, int):
            if table.kind == "cnn" and ensembles.name == "printed":
                reason = "10 of 10,000 images; other seeds differ by as much"
                found.append(Claim.near(id, source, paper=paper, measured=measured, tolerance=_NEAR, reason=reason))
            else:
                found.append(Claim.at_least(id, source, paper=paper, measured=measured))
        elif whole and name == STACKING and ensembles.name == "printed":
            found.append(Claim.at_least(id, source, paper=paper, measured=measured))
        elif whole and name == AVERAGING and ensembles.name == "own":
            bar = BARS[table.kind]
            note = f"the paper's stacking has {table.stacking:g}, this project's bar is {bar:g}"
            found.append(Claim.at_least(id, source, paper=bar, measured=measured).with_note(note))
    return tuple(found)


def _table(ensembles: _Ensembles, correct: dict) -> Table:
    table, rows = ensembles.table, []
    parts = [part for part in ("held out", "test") if part in correct]
    for name in dict.fromkeys(name for part in parts for name in correct[part]):
        structure = str(table.networks[name]) if isinstance(name, int) else ""
        shares = [mean_sd(correct[part][name], 2) if name in correct[part] else None for part in parts]
        rows.append((str(name), structure, *shares, ensembles.published(name)))
    held = len(ensembles.splits.validation[1])
    count = "One" if len(ensembles.seeds) == 1 else str(len(ensembles.seeds))
    views = f"; outputs are means over {ensembles.recipe.views} views" if ensembles.recipe.views > 1 else ""
    caption = (
        f"{count} of each network, trained on {len(ensembles.splits.train.x_train)} images: "
        f"{ensembles.recipe}{views}. {held} training images were held out; the network that stacks is trained on them."
    )
    return Table(
        f"Recognised (%), {ensembles.name} recipe", ("no.", "network", *parts, "paper"), tuple(rows), caption, 2
    )


def _figures() -> tuple[Figure, ...]:
    return (
        Figure("epochs.png", "Accuracy by epoch", "Lines rise and level off.", "Training images that were held out."),
        Figure("accuracies.png", "Networks and ensembles", "Points for each network and for the ensembles."),
    )


def _draw(context: RunContext, ensembles: _Ensembles, correct: dict) -> None:
    curves = {f"{ensembles.table.kind} {number}": ensembles.curves(number) for number in ensembles.networks}
    epochs = np.arange(1, ensembles.recipe.epochs + 1)
    plot_lines(context.figure("epochs"), epochs, curves, Labels("Held-out images", "epoch", "recognised (%)"))
    part = "test" if "test" in correct else "held out"
    with drawing(context.figure("accuracies"), 6.4, 3.6) as figure:
        axes = figure.subplots()
        names = list(correct[part])
        for place, name in enumerate(names):
            values, paper = correct[part][name], ensembles.published(name)
            colour = BLUE if isinstance(name, int) else ORANGE
            axes.plot([place] * len(values), values, "o", color=colour, label="" if place else f"ours, {part}")
            if paper and part == "test":
                label = "" if place else "paper"
                axes.plot(place, paper, "D", color=INK, markerfacecolor="white", markersize=6, label=label)
        axes.set_xticks(range(len(names)), [str(name) for name in names])
        low, high = axes.dataLim.intervaly
        axes.set_ylim(low - 0.1, min(high + 0.1, 100))
        axes.grid(axis="y")
        Labels("Networks and ensembles", "network", "recognised (%)").put_on(axes)
        legend_above(axes)
