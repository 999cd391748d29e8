"""BindsNET's own model of Diehl and Cook's network, where BindsNET is installed; run by `benchmarks/plastic.py`.

python -m benchmarks.rivals.bindsnet_digits diehl-cook NEURONS IMAGES

An image is 250 steps of 1 ms, as in BindsNET's examples, with as many spikes as in 350 ms of ours and without a rest:
states are reset instead. Neurons are driven by currents, not conductances. Its rule depresses at each spike of a pixel
and potentiates at each spike of a neuron, without the slow trace of the triplet.
"""

import json
import sys
import time

import torch
from bindsnet.encoding import poisson
from bindsnet.models import DiehlAndCook2015

from benchmarks.rivals.digit_rates import digit_rates

STEPS = 250


def main() -> None:
    neurons, images = int(sys.argv[2]), int(sys.argv[3])
    torch.manual_seed(1)
    torch.set_num_threads(1)
    network = DiehlAndCook2015(784, n_neurons=neurons, inpt_shape=(1, 28, 28))
    shown = torch.tensor(digit_rates(images + 1, shown=STEPS / 1000), dtype=torch.float32).reshape(-1, 1, 28, 28)
    spikes = [0]
    forward = network.layers["Ae"].forward

    def counting(x):
        forward(x)
        spikes[0] += int(network.layers["Ae"].s.sum())

    network.layers["Ae"].forward = counting
    for number, rates in enumerate(shown):
        if number == 1:  # the first one warms up
            began, used, spikes[0] = time.perf_counter(), time.process_time(), 0
        network.run(inputs={"X": poisson(datum=rates, time=STEPS, dt=1.0)}, time=STEPS)
        network.reset_state_variables()
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    print(json.dumps({"seconds": seconds, "processor": processor, "spikes": spikes[0]}))


if __name__ == "__main__":
    main()
