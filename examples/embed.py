"""FitzHugh-Nagumo neurons in the place of a trained network's hidden layer."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import spikenet as sn

models = Path(__file__).parent.parent / "models"
digits = sn.load_dataset("mnist", "mini")  # bundled images of handwritten digits
network = sn.load_model(models / "mnist-ann-seed-1.keras")
drive = sn.tanh_drive(gamma=-0.5)  # of what a hidden unit is given, the input of a neuron

plain = sn.embed(network, layer="hidden", neuron=sn.FHN, drive=drive)
fitted = sn.embed(network, layer="hidden", neuron=sn.FHN, drive=drive, calibrate=digits.x_train)
for name, hybrid in (("plain", plain), ("calibrated", fitted)):
    by_dwell, by_mean = (hybrid.evaluate(digits.x_test, digits.y_test, decode) for decode in ("dwell", "mean"))
    print(f"{name}: {by_dwell.accuracy:.1%} by the class that wins longest, {by_mean.accuracy:.1%} by the mean")

image = digits.x_test[:1]
logits = fitted.logits_over_time(image)  # (image, time, class)
winners = logits[0].argmax(axis=-1)
times = 1e3 * fitted.sample_dt * np.arange(len(winners))

figure, (shown, axes) = plt.subplots(1, 2, width_ratios=(1, 4), layout="constrained")
shown.imshow(image[0], cmap="gray_r")
shown.axis("off")
axes.plot(times, winners, "|", color="black")
axes.set(xlabel="time (ms)", ylabel="class with the largest output", yticks=range(10))
figure.savefig("embed.png")
