"""Writes schedules.json: learning rates over the steps of a run (Keras' schedules, PyTorch's OneCycleLR) and what Keras'
ReduceLROnPlateau makes of a history of losses; and pooling-ties.json: gradients of max pooling where numbers are equal.

Run with a Python that has all three: python tests/train/cases/schedules.py
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
import torch

S = keras.optimizers.schedules
steps_an_epoch, epochs, rate = 8, 6, 0.4
steps = steps_an_epoch * epochs
cases = []


def schedule(text, made):
    cases.append({"schedule": text, "rates": [float(made(step)) for step in range(steps)]})


n = steps_an_epoch
schedule("exponential factor=0.9 every=2", S.ExponentialDecay(rate, 2 * n, 0.9))
schedule("exponential factor=0.5 every=1 staircase", S.ExponentialDecay(rate, n, 0.5, staircase=True))
schedule("step every=2 factor=0.1", S.ExponentialDecay(rate, 2 * n, 0.1, staircase=True))
schedule("inverse_time decay=0.7 every=0.5", S.InverseTimeDecay(rate, n // 2, 0.7))
schedule("inverse_time decay=0.7 every=2 staircase", S.InverseTimeDecay(rate, 2 * n, 0.7, staircase=True))
schedule("polynomial power=2 final=0.1", S.PolynomialDecay(rate, steps, 0.1 * rate, power=2))
schedule("cosine final=0.05", S.CosineDecay(rate, steps, alpha=0.05))
schedule("cosine_restarts first=1 times=2 height=0.5 final=0.1", S.CosineDecayRestarts(rate, n, t_mul=2.0, m_mul=0.5, alpha=0.1))
schedule("piecewise boundaries=[1, 3] values=[1, 0.5, 0.1]",
         lambda step: S.PiecewiseConstantDecay([n - 1, 3 * n - 1], [rate, 0.5 * rate, 0.1 * rate])(step))
model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps, pct_start=0.25, cycle_momentum=False)
rates = []
for _ in range(steps):
    rates.append(cycle.get_last_lr()[0])
    optimizer.step()
    cycle.step()
cases.append({"schedule": "one_cycle", "rates": rates, "rise": 0.25})

losses = [1.0, 0.9, 0.89995, 0.91, 0.92, 0.5, 0.6, 0.6, 0.6, 0.6, 0.4, 0.41, 0.42, 0.43, 0.44, 0.45]
plateaus = []
for options in ({"factor": 0.5, "patience": 2}, {"factor": 0.1, "patience": 1, "cooldown": 2, "min_lr": 0.003}, {"factor": 0.5, "patience": 3, "min_delta": 0.05}):
    network = keras.Sequential([keras.layers.Input((1,)), keras.layers.Dense(1)])
    network.compile(optimizer=keras.optimizers.SGD(rate), loss="mse")
    callback = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", verbose=0, **options)
    callback.set_model(network)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate(losses):
        rates.append(float(network.optimizer.learning_rate))
        callback.on_epoch_end(epoch, {"val_loss": loss, "loss": loss})
    plateaus.append({"options": options, "rates": rates})

here = pathlib.Path(__file__)
here.with_name("schedules.json").write_text(json.dumps(
    {"rate": rate, "stepsPerEpoch": n, "epochs": epochs, "cases": cases, "losses": losses, "plateaus": plateaus}, separators=(",", ":")) + "\n")

random = np.random.default_rng(3)
ties = []
for size, window, stride in ((6, 2, 2), (7, 3, 2), (7, 3, 1), (6, 2, 1), (8, 3, 3)):
    x = random.integers(0, 3, (2, size, size, 2)).astype(np.float64)
    t = torch.tensor(x).movedim(-1, 1).clone().requires_grad_(True)
    y = torch.nn.functional.max_pool2d(t, window, stride)
    weights = np.round(random.uniform(-1, 1, y.movedim(1, -1).shape), 3)
    (y.movedim(1, -1) * torch.tensor(weights)).sum().backward()
    theirs = t.grad.movedim(1, -1).numpy()
    v = tf.Variable(x.astype(np.float32))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.nn.max_pool2d(v, window, stride, "VALID") * weights.astype(np.float32))
    assert np.abs(tape.gradient(total, v).numpy() - theirs).max() < 1e-5
    ties.append({"window": window, "stride": stride, "input": x.astype(int).ravel().tolist(), "size": size,
                 "weights": weights.ravel().tolist(), "gradient": [round(float(g), 9) for g in theirs.ravel()]})
here.parents[2].joinpath("autodiff", "cases", "pooling-ties.json").write_text(json.dumps(ties, separators=(",", ":")) + "\n")
