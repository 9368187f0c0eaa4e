"""Writes training.json: losses and gradients of whole models (PyTorch, float64), batch norm in training (Keras, float64) and ten
steps of optimizers (Keras, float32).

Run with a Python that has both: python tests/autodiff/cases/training.py
"""

import json
import pathlib

import keras
import numpy as np
import torch
import torch.nn.functional as F

random = np.random.default_rng(22)


def tensor(value):
    array = np.asarray(value)
    return {"shape": list(array.shape), "data": [float(f"{number:.10g}") for number in array.ravel()]}


def uniform(*shape, low=-1.0, high=1.0):
    return np.round(random.uniform(low, high, shape), 3)


def first(x):
    """Channels last to channels first."""
    return x.movedim(-1, 1)


def last(x):
    return x.movedim(1, -1)


def conv(x, kernel, bias=None, stride=1, pads=(0, 0, 0, 0)):
    """Channels last, Keras' kernel; pads are left, right, top, bottom."""
    return last(F.conv2d(F.pad(first(x), pads), kernel.permute(3, 2, 0, 1), bias, stride))


def batch_norm(x, gamma, beta, epsilon=1e-3):
    axes = tuple(range(x.ndim - 1))
    mean = x.mean(axes)
    variance = ((x - mean) ** 2).mean(axes)
    return (x - mean) / torch.sqrt(variance + epsilon) * gamma + beta


models = []


def model(source, loss, x, target, weights, forward):
    """`forward` takes the input and the weights and gives the loss of each example and its accuracy."""
    values = {name: torch.tensor(value, requires_grad=True) for name, value in weights.items()}
    losses, accuracy = forward(torch.tensor(x), values)
    losses.mean().backward()
    models.append({
        "source": source,
        "loss": loss,
        "input": tensor(x),
        "target": tensor(target),
        "weights": {name: tensor(value) for name, value in weights.items()},
        "lossSum": losses.sum().item(),
        "accuracySum": accuracy.double().sum().item(),
        "gradients": {name: tensor(value.grad.numpy()) for name, value in values.items() if value.grad is not None},
    })


labels = random.integers(0, 3, 6)


def small_cnn(x, w):
    y = F.relu(conv(x, w["a/kernel"], w["a/bias"], pads=(1, 1, 1, 1)))
    y = last(F.max_pool2d(first(y), 3, 2))
    y = torch.tanh(conv(y, w["b/kernel"], w["b/bias"], stride=2, pads=(0, 1, 0, 1)))
    y = y.reshape(6, -1) @ w["c/kernel"] + w["c/bias"]
    return F.cross_entropy(y, torch.tensor(labels), reduction="none"), y.argmax(1) == torch.tensor(labels)


model("input 9x8x2\na: conv 3 3x3 same relu\npool max 3 stride=2\nb: conv 4 2x2 stride=2 same tanh\nflatten\nc: dense 3 softmax\n",
      {"name": "cross_entropy", "target": "classes"}, uniform(6, 9, 8, 2), labels,
      {"a/kernel": uniform(3, 3, 2, 3), "a/bias": uniform(3), "b/kernel": uniform(2, 2, 3, 4), "b/bias": uniform(4),
       "c/kernel": uniform(16, 3), "c/bias": uniform(3)}, small_cnn)


def residual(x, w):
    y = F.relu(batch_norm(conv(x, w["a/kernel"], pads=(1, 1, 1, 1)), w["a_bn/gamma"], w["a_bn/beta"]))
    z = batch_norm(conv(y, w["b/kernel"], pads=(1, 1, 1, 1)), w["b_bn/gamma"], w["b_bn/beta"])
    y = F.relu(y + z)
    y = F.avg_pool2d(first(y), 2).mean((2, 3)) @ w["c/kernel"] + w["c/bias"]
    return F.cross_entropy(y, torch.tensor(labels), reduction="none"), y.argmax(1) == torch.tensor(labels)


channels = {"a_bn": 4, "b_bn": 4}
model("""input 6x6x2
a: conv 4 3x3 same bias=no
a_bn: bn
relu
add {
  branch { }
  branch {
    b: conv 4 3x3 same bias=no
    b_bn: bn
  }
}
relu
pool avg 2
global_pool avg
c: dense 3
""", {"name": "cross_entropy", "target": "classes"}, uniform(6, 6, 6, 2), labels,
      {"a/kernel": uniform(3, 3, 2, 4), "a_bn/gamma": uniform(4, low=0.5), "a_bn/beta": uniform(4),
       "b/kernel": uniform(3, 3, 4, 4), "b_bn/gamma": uniform(4, low=0.5), "b_bn/beta": uniform(4),
       "c/kernel": uniform(4, 3), "c/bias": uniform(3)}, residual)

answers = random.integers(0, 2, (5, 1)).astype(float)


def binary(x, w):
    y = F.elu(x @ w["a/kernel"] + w["a/bias"]) @ w["b/kernel"] + w["b/bias"]
    target = torch.tensor(answers)
    return F.binary_cross_entropy_with_logits(y, target, reduction="none").mean(1), ((y > 0) == (target > 0.5)).double().mean(1)


binary_weights = {"a/kernel": uniform(4, 3), "a/bias": uniform(3), "b/kernel": uniform(3, 1), "b/bias": uniform(1)}
binary_input = uniform(5, 4, low=-3, high=3)
model("input 4\na: dense 3 elu\nb: dense 1 sigmoid\n", {"name": "binary_cross_entropy", "target": "values"},
      binary_input, answers, binary_weights, binary)
model("input 4\na: dense 3 elu\nb: dense 1\n", {"name": "binary_cross_entropy", "target": "classes"},
      binary_input, answers[:, 0], binary_weights, binary)

pixels = random.integers(0, 3, (2, 3, 3))


def segmentation(x, w):
    y = conv(x, w["a/kernel"], w["a/bias"])
    losses = F.cross_entropy(first(y), torch.tensor(pixels), reduction="none").mean((1, 2))
    return losses, (y.argmax(-1) == torch.tensor(pixels)).double().mean((1, 2))


model("input 3x3x2\na: conv 3 1x1 softmax\n", {"name": "cross_entropy", "target": "classes"}, uniform(2, 3, 3, 2), pixels,
      {"a/kernel": uniform(1, 1, 2, 3), "a/bias": uniform(3)}, segmentation)

shares = uniform(5, 3, low=0.1)
shares = np.round(shares / shares.sum(1, keepdims=True), 3)


def soft(x, w):
    y = x @ w["a/kernel"] + w["a/bias"]
    target = torch.tensor(shares)
    return -(target * F.log_softmax(y, 1)).sum(1), y.argmax(1) == target.argmax(1)


model("input 4\na: dense 3 softmax\n", {"name": "cross_entropy", "target": "values"}, uniform(5, 4), shares,
      {"a/kernel": uniform(4, 3), "a/bias": uniform(3)}, soft)

heights = uniform(5, 2)


def regression(x, w):
    y = F.leaky_relu(x @ w["a/kernel"] + w["a/bias"], 0.2) @ w["b/kernel"]
    return ((y - torch.tensor(heights)) ** 2).mean(1), y.argmax(1) == torch.tensor(heights).argmax(1)


model("input 4\na: dense 6 leaky_relu\nb: dense 2 bias=no\n", {"name": "mse", "target": "values"}, uniform(5, 4), heights,
      {"a/kernel": uniform(4, 6), "a/bias": uniform(6), "b/kernel": uniform(6, 2)}, regression)

layer = keras.layers.BatchNormalization(momentum=0.9, dtype="float64")
batches = [uniform(4, 2, 3, 2, low=0, high=5), uniform(4, 2, 3, 2, low=-2, high=2)]
layer.build((None, 2, 3, 2))
for weight in layer.weights:
    weight.assign(uniform(2, low=0.5, high=1.5))
batch_norm_case = {
    "source": "input 2x3x2\nlayer: bn momentum=0.9\n",
    "weights": {f"layer/{weight.name}": tensor(weight.numpy()) for weight in layer.weights},
    "steps": [],
}
for batch in batches:
    result = layer(batch, training=True)
    batch_norm_case["steps"].append({
        "input": tensor(batch),
        "result": tensor(result),
        "moving_mean": tensor(layer.moving_mean.numpy()),
        "moving_variance": tensor(layer.moving_variance.numpy()),
    })

start = uniform(8).astype(np.float32)
gradients = [uniform(8).astype(np.float32) * np.float32(10.0 ** random.integers(-3, 2)) for _ in range(10)]
optimizers = []
for options, optimizer in [
    ({"name": "sgd"}, keras.optimizers.SGD(0.05)),
    ({"name": "sgd", "momentum": 0.9}, keras.optimizers.SGD(0.05, momentum=0.9)),
    ({"name": "sgd", "momentum": 0.8, "nesterov": True}, keras.optimizers.SGD(0.05, momentum=0.8, nesterov=True)),
    ({"name": "adam"}, keras.optimizers.Adam(0.05)),
    ({"name": "adam", "beta1": 0.8, "beta2": 0.95, "epsilon": 0.01},
     keras.optimizers.Adam(0.05, beta_1=0.8, beta_2=0.95, epsilon=0.01)),
]:
    variable = keras.Variable(start, dtype="float32")
    trajectory = []
    for gradient in gradients:
        optimizer.apply([gradient], [variable])
        trajectory.append(tensor(variable.numpy())["data"])
    optimizers.append({"options": options, "learningRate": 0.05, "trajectory": trajectory})

path = pathlib.Path(__file__).with_name("training.json")
path.write_text(json.dumps({
    "models": models,
    "batchNorm": batch_norm_case,
    "optimizers": {"start": tensor(start)["data"], "gradients": [tensor(g)["data"] for g in gradients], "cases": optimizers},
}, separators=(",", ":")) + "\n")
print(f"{path.stat().st_size} bytes")
