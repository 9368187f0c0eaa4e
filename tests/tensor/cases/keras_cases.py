"""What the scripts beside this one share: a layer of the language as a program, with inputs, weights and Keras' values."""

import json
import pathlib

import keras
import numpy as np
from keras import layers

keras.config.set_dtype_policy("float64")
keras.config.set_floatx("float64")


class Cases:
    """Cases in the order in which they are made, all random numbers from one seed."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.made = []

    def uniform(self, *shape, low=-2.0, high=2.0):
        return np.round(self.random.uniform(low, high, shape), 3)

    def record(self, statement, inputs, weights, result):
        if len(inputs) == 1:
            source = f"input x0 {dims(inputs[0].shape[1:])}\n{statement}\n"
        else:
            lines = [f"input x{i} {dims(x.shape[1:])}\n" for i, x in enumerate(inputs)]
            source = "".join(lines) + f"{statement}\n"
        self.made.append({
            "source": source,
            "inputs": {f"x{i}": tensor(x) for i, x in enumerate(inputs)},
            "weights": {name: tensor(value) for name, value in weights.items()},
            "result": tensor(result),
        })

    def case(self, statement, layer, *shapes, inputs=None, before=()):
        """One layer, called `layer`, on inputs of the given shapes (without the batch), in inference.

        `before` are layers without weights that the statement includes, such as padding.
        """
        inputs = inputs or [self.uniform(2, *shape) for shape in shapes]
        value = inputs if len(inputs) > 1 else inputs[0]
        for other in before:
            value = other(value)
        layer(value)
        for variable in layer.weights:
            low = 0.2 if "variance" in variable.name else -1.5
            variable.assign(self.uniform(*variable.shape, low=low, high=1.5))
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()
        result = layer(value, training=False)
        weights = {key(layer, each): each.numpy() for each in layer.weights if "seed" not in each.path}
        self.record(f"layer: {statement}", inputs, weights, keras.ops.convert_to_numpy(result))

    def write(self, path):
        path = pathlib.Path(path)
        lines = [json.dumps(entry, separators=(",", ":")) for entry in self.made]
        path.write_text("[\n" + ",\n".join(lines) + "\n]\n")
        print(f"{len(self.made)} cases, {path.stat().st_size} bytes")


def tensor(value):
    array = np.asarray(value, np.float64)
    return {"shape": list(array.shape), "data": [float(f"{number:.9g}") for number in array.ravel()]}


def dims(shape):
    return "x".join(str(size) for size in shape)


def key(layer, variable):
    """Keras' path without the layer's own name: `query/kernel`."""
    parts = variable.path.split("/")
    return "/".join(["layer", *parts[parts.index(layer.name) + 1:]])


def sparsemax(x):
    """Martins and Astudillo (2016), over the last axis; τ by halving. Keras 3.15 adds up the sums of the support in place of taking
    the last of them, so that its results do not add up to 1: sparsemax([1, 0.9, 0.1]) is [0.05, 0, 0] there, not [0.55, 0.45, 0].
    """
    x = np.asarray(x, np.float64)
    high = x.max(-1, keepdims=True)
    low = high - 1
    for _ in range(60):
        middle = (low + high) / 2
        is_low = np.maximum(x - middle, 0).sum(-1, keepdims=True) > 1
        low, high = np.where(is_low, middle, low), np.where(is_low, high, middle)
    return np.maximum(x - (low + high) / 2, 0)


class SelfAttention(layers.MultiHeadAttention):
    """Called with one input, as the language does."""

    def __call__(self, x, **rest):
        return super().__call__(x, x, **rest)
