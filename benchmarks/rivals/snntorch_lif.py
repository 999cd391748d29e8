"""snnTorch's seconds an epoch: python snntorch_lif.py FILE_OF_IMAGES STEPS EPOCHS BATCH; where snnTorch is installed.

The hidden layer's current is computed once, as it does not change, and only spike counts reach the read-out: what the
network of `benchmarks/through_time.py` computes, and the quickest way to write it in snnTorch.
"""

import json
import sys
import time

import numpy as np
import snntorch
import torch


def main() -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    with np.load(sys.argv[1]) as data:
        images, labels = torch.tensor(data["images"]), torch.tensor(data["labels"])
    steps, epochs, batch = map(int, sys.argv[2:])
    hidden, out = torch.nn.Linear(784, 100), torch.nn.Linear(100, 10)
    neurons = snntorch.Leaky(beta=0.95)  # fast sigmoid, which is called superspike here
    optimizer = torch.optim.Adam([*hidden.parameters(), *out.parameters()], lr=5e-4)
    seconds = []
    for _ in range(epochs):
        start = time.perf_counter()
        for rows in torch.randperm(len(images)).split(batch):
            current, membrane, count = hidden(images[rows]), neurons.init_leaky(), 0.0
            for _ in range(steps):
                spikes, membrane = neurons(current, membrane)
                count = count + spikes
            loss = torch.nn.functional.cross_entropy(out(count), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
