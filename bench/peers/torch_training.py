"""Trains the bench's network with PyTorch, channels last; see bench/training.mjs for what it is asked and answers."""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(int(sys.argv[1]))


def make_model():
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(576, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )
    return model.to(memory_format=torch.channels_last)


def make_run(images, labels, batch, compiled):
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    forward = torch.compile(model) if compiled else model
    starts = list(range(0, len(images) - batch + 1, batch))

    def run(steps):
        for index in range(steps):
            at = starts[index % len(starts)]
            x, y = images[at : at + batch], labels[at : at + batch]
            optimizer.zero_grad(set_to_none=True)
            logits = forward(x)
            loss = F.cross_entropy(logits, y)
            loss.backward()
            optimizer.step()
            correct = (logits.detach().argmax(1) == y).sum()
        return loss.item() + correct.item()

    return run


def main():
    images = torch.rand(8192, 1, 28, 28).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, 10, (8192,))
    runs = {}
    print(json.dumps({"ready": f"PyTorch {torch.__version__.split('+')[0]}"}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        key = (asked["variant"], asked["batch"])
        if key not in runs:
            runs[key] = make_run(images, labels, asked["batch"], asked["variant"] == "compile")
        started = time.perf_counter()
        runs[key](asked["steps"])
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peakMegabytes": peak}), flush=True)


main()
