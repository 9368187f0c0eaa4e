"""Writes layers.jsonl: random configurations of every layer kind, with the shapes and weights that Keras 3 gives them.

Each line is one case: the layer kind of the language and its arguments as the compiler's layer graph holds them, the input
shapes (without the batch), and from Keras the class, the name of a first layer of it, the output shape and the weights, or
`"refused": true` where Keras raises an error. Usage: python layers.py > layers.jsonl
"""

import json
import os
import random
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import keras  # noqa: E402
from keras import layers  # noqa: E402
from keras.src.utils.naming import reset_uids  # noqa: E402

random.seed(20240607)
pick = random.choice
CASES = 40


def spatial_shape(rank, low=1, high=14, channels=None):
    return [random.randint(low, high) for _ in range(rank)] + [channels or random.randint(1, 8)]


def window(rank, high=4):
    """One number for all axes, or one an axis."""
    if random.random() < 0.5:
        return [random.randint(1, high)]
    return [random.randint(1, high) for _ in range(rank)]


def whole(values, rank):
    return tuple(values if len(values) == rank else values * rank)


def pads(rank, high):
    if random.random() < 0.5:
        return [[random.randint(0, high), random.randint(0, high)]]
    return [[random.randint(0, high), random.randint(0, high)] for _ in range(rank)]


def padded(pad, rank):
    """The ZeroPadding layer that explicit pads stand for."""
    pairs = tuple(tuple(pair) for pair in (pad if len(pad) == rank else pad * rank))
    return [layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D][rank - 1](pairs[0] if rank == 1 else pairs)


def apply(make, inputs):
    """Builds and calls the last layer of what `make` returns on symbolic inputs."""
    chain = make()
    chain = chain if isinstance(chain, list) else [chain]
    tensors = [keras.KerasTensor((None, *shape)) for shape in inputs]
    value = tensors if len(tensors) > 1 or isinstance(chain[0], layers.Concatenate | layers.Add) else tensors[0]
    for layer in chain:
        value = layer(value)
    return chain[-1], value


def emit(kind, arguments, inputs, make):
    case = {"kind": kind, "arguments": arguments, "inputs": inputs}
    reset_uids()
    try:
        layer, output = apply(make, inputs)
        case["class"] = type(layer).__name__
        case["name"] = layer.name
        case["output"] = list(output.shape[1:])
        case["weights"] = [
            {"name": weight.name, "shape": list(weight.shape), "trainable": bool(weight.trainable)}
            for weight in layer.weights
            if "seed" not in weight.path
        ]
    except (ValueError, TypeError, ZeroDivisionError, IndexError):
        case["refused"] = True
    print(json.dumps(case, separators=(",", ":")))


def conv():
    rank = pick([1, 2, 2, 3])
    shape = spatial_shape(rank, channels=pick([1, 2, 3, 4, 6, 8]))
    kernel, stride, dilation = window(rank), window(rank, 3), [1]
    if random.random() < 0.3:
        stride, dilation = ([1], window(rank, 3)) if random.random() < 0.8 else (stride, window(rank, 3))
    groups = pick([1, 1, 1, 2, 3, 4])
    filters = random.randint(1, 4) * (groups if random.random() < 0.9 else 1)
    bias = random.random() < 0.7
    pad = pick(["valid", "valid", "same", "same", "causal", "explicit"])
    explicit = pads(rank, 2) if pad == "explicit" else None
    given = {"filters": filters, "kernel": kernel, "stride": stride, "dilation": dilation, "groups": groups, "bias": bias}
    given["pad"] = explicit or pad

    def make():
        cls = [layers.Conv1D, layers.Conv2D, layers.Conv3D][rank - 1]
        layer = cls(
            filters,
            whole(kernel, rank),
            whole(stride, rank),
            padding="valid" if explicit else pad,
            dilation_rate=whole(dilation, rank),
            groups=groups,
            use_bias=bias,
        )
        return [padded(explicit, rank), layer] if explicit else layer

    emit("conv", given, [shape], make)


def pool():
    rank = pick([1, 2, 2, 3])
    mode = pick(["max", "avg"])
    size = window(rank)
    stride = pick([None, window(rank, 3)])
    pad = pick(["valid", "same", "explicit"])
    explicit = pads(rank, 1) if pad == "explicit" and min(size) > 1 else None
    pad = "valid" if pad == "explicit" else pad
    given = {"mode": mode, "size": size, "pad": explicit or pad}
    if stride:
        given["stride"] = stride

    def make():
        table = {
            "max": [layers.MaxPooling1D, layers.MaxPooling2D, layers.MaxPooling3D],
            "avg": [layers.AveragePooling1D, layers.AveragePooling2D, layers.AveragePooling3D],
        }
        layer = table[mode][rank - 1](whole(size, rank), whole(stride, rank) if stride else None, padding=pad)
        return [padded(explicit, rank), layer] if explicit else layer

    emit("pool", given, [spatial_shape(rank)], make)


def global_pool():
    rank = pick([1, 2, 3])
    mode = pick(["max", "avg"])
    keepdims = random.random() < 0.3
    table = {
        "max": [layers.GlobalMaxPooling1D, layers.GlobalMaxPooling2D, layers.GlobalMaxPooling3D],
        "avg": [layers.GlobalAveragePooling1D, layers.GlobalAveragePooling2D, layers.GlobalAveragePooling3D],
    }
    given = {"mode": mode, "keepdims": keepdims}
    emit("global_pool", given, [spatial_shape(rank)], lambda: table[mode][rank - 1](keepdims=keepdims))


def any_shape():
    return spatial_shape(random.randint(0, 3), high=9)


def dense():
    units, bias = random.randint(1, 20), random.random() < 0.7
    emit("dense", {"units": units, "bias": bias}, [any_shape()], lambda: layers.Dense(units, use_bias=bias))


def flatten():
    emit("flatten", {}, [any_shape()], layers.Flatten)


def dropout():
    rate = pick([0, 0.25, 0.5, 1])
    emit("dropout", {"rate": rate}, [any_shape()], lambda: layers.Dropout(rate))


def bn():
    scale, center = pick([True, False]), pick([True, False])
    emit("bn", {"scale": scale, "center": center}, [any_shape()], lambda: layers.BatchNormalization(scale=scale, center=center))


ACTIVATION_LAYERS = {"relu": layers.ReLU, "leaky_relu": layers.LeakyReLU, "elu": layers.ELU, "softmax": layers.Softmax}


def activation():
    for name in ["relu", "leaky_relu", "elu", "softmax", "sigmoid", "tanh", "linear"]:
        make = ACTIVATION_LAYERS.get(name, lambda name=name: layers.Activation(name))
        emit("activation", {"name": name}, [any_shape()], make)


def rescale():
    emit("rescale", {"scale": 0.5, "offset": -1}, [any_shape()], lambda: layers.Rescaling(0.5, -1))


MERGES = {
    "add": layers.Add,
    "subtract": layers.Subtract,
    "multiply": layers.Multiply,
    "average": layers.Average,
    "maximum": layers.Maximum,
    "minimum": layers.Minimum,
}


def merge(kind):
    def one():
        base = any_shape()
        count = 2 if kind == "subtract" and random.random() < 0.9 else random.randint(2, 4)
        inputs = [list(base)]
        for _ in range(count - 1):
            other = [1 if random.random() < 0.25 else size for size in base]
            if random.random() < 0.1:
                other[random.randrange(len(other))] += 1
            if random.random() < 0.2:
                other = other[random.randrange(len(other)):]
            inputs.append(other)
        random.shuffle(inputs)
        emit(kind, {}, inputs, MERGES[kind])

    return one


def concat():
    base = any_shape()
    axis = pick([-1, -1, -1, *range(1, len(base) + 1), *range(-len(base), 0)])
    place = axis - 1 if axis > 0 else len(base) + axis
    inputs = []
    for _ in range(random.randint(2, 4)):
        other = list(base)
        other[place] = random.randint(1, 9)
        if random.random() < 0.05 and len(other) > 1:
            wrong = random.randrange(len(other))
            other[wrong] += 2
        inputs.append(other)
    emit("concat", {"axis": axis}, inputs, lambda: layers.Concatenate(axis=axis))


KINDS = [conv, conv, conv, pool, pool, global_pool, dense, flatten, dropout, bn, rescale, concat]
KINDS += [merge(kind) for kind in MERGES]

if __name__ == "__main__":
    for kind in KINDS:
        few = kind in (flatten, dropout, bn, rescale, dense, global_pool)
        for _ in range(CASES // 3 if few else CASES):
            kind()
    activation()
    print(f"Keras {keras.__version__}", file=sys.stderr)
