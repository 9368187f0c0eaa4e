"""Trains one of the bench's networks with PyTorch; see bench/training.mjs for what it is asked and answers."""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch_networks import count_parameters, make_model

options = json.loads(sys.argv[1])
torch.set_num_threads(options["threads"])
device = torch.device("cpu" if options["device"] == "cpu" else "cuda")
# The same precision as the other contenders'.
torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
torch.backends.cudnn.benchmark = True


def channels_last(value):
    return value.contiguous(memory_format=torch.channels_last) if value.dim() == 4 else value.contiguous()


def make_run(images, labels, batch, compiled):
    model = make_model(options["network"]).to(device)
    if images.dim() == 4:
        model = model.to(memory_format=torch.channels_last)
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
    *size, channels = options["shape"]
    count = options["examples"]
    images = channels_last(torch.rand(count, channels, *size)).to(device)
    labels = torch.randint(0, options["classes"], (count, *size) if options["perPixel"] else (count,)).to(device)
    runs = {}
    ready = {
        "ready": f"PyTorch {torch.__version__.split('+')[0]}{'' if device.type == 'cpu' else ', CUDA'}",
        "parameters": count_parameters(make_model(options["network"])),
    }
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        key = (asked["variant"], asked["batch"])
        if key not in runs:
            runs[key] = make_run(images, labels, asked["batch"], asked["variant"] == "compile")
        started, used = time.perf_counter(), time.process_time()
        runs[key](asked["steps"])
        seconds, processor = time.perf_counter() - started, time.process_time() - used
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        answer = {"seconds": seconds, "processorSeconds": processor, "peakMegabytes": peak}
        print(json.dumps(answer), flush=True)


main()
