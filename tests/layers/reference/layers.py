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
        value = layer(value, value) if isinstance(layer, layers.MultiHeadAttention) else layer(value)
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
            {"name": weight.path.split("/", 1)[1], "shape": list(weight.shape), "trainable": bool(weight.trainable)}
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
NO_ACTIVATIONS = {"get", "serialize", "deserialize", "glu", "threshold", "sparsemax"}


def activation():
    """Every activation of Keras but those of two parameters, of another output shape, or that sort."""
    for name in sorted(name for name in dir(keras.activations) if name[0] != "_" and name not in NO_ACTIVATIONS):
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


def conv_transpose():
    rank = pick([1, 2, 2, 3])
    kernel, stride, dilation = window(rank), window(rank, 3), [1]
    if random.random() < 0.3:
        stride, dilation = ([1], window(rank, 3)) if random.random() < 0.8 else (stride, window(rank, 3))
    pad = pick(["valid", "same"])
    extra = pick([None, None, [random.randint(0, 2)]])
    if pad == "same" and extra and any((k - 1) * d % 2 for k in kernel for d in dilation):
        extra = None
    filters, bias = random.randint(1, 5), random.random() < 0.7
    given = {"filters": filters, "kernel": kernel, "stride": stride, "dilation": dilation, "pad": pad, "bias": bias}
    if extra:
        given["output_padding"] = extra

    def make():
        cls = [layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose][rank - 1]
        return cls(
            filters,
            whole(kernel, rank),
            whole(stride, rank),
            padding=pad,
            output_padding=whole(extra, rank) if extra else None,
            dilation_rate=whole(dilation, rank),
            use_bias=bias,
        )

    emit("conv_transpose", given, [spatial_shape(rank, high=7)], make)


def depthwise_like(kind):
    def one():
        rank = pick([1, 2, 2])
        kernel, stride, dilation = window(rank), pick([[1], [2], [3]]), pick([[1], [1], [2]])
        pad, multiplier, bias = pick(["valid", "same"]), random.randint(1, 3), random.random() < 0.7
        given = {"kernel": kernel, "stride": stride, "dilation": dilation, "pad": pad, "multiplier": multiplier}
        given["bias"] = bias
        options = {"depth_multiplier": multiplier, "use_bias": bias, "padding": pad}
        options |= {"strides": whole(stride, rank), "dilation_rate": whole(dilation, rank)}
        if kind == "separable":
            given["filters"] = options["filters"] = random.randint(1, 8)
        table = {
            "depthwise": [layers.DepthwiseConv1D, layers.DepthwiseConv2D],
            "separable": [layers.SeparableConv1D, layers.SeparableConv2D],
        }
        make = table[kind][rank - 1]
        emit(kind, given, [spatial_shape(rank)], lambda: make(kernel_size=whole(kernel, rank), **options))

    return one


def pad():
    rank = pick([1, 2, 3])
    cells = pads(rank, 3)
    emit("pad", {"cells": cells}, [spatial_shape(rank)], lambda: padded(cells, rank))


def crop():
    rank = pick([1, 2, 3])
    cells = pads(rank, 3)

    def make():
        pairs = tuple(tuple(pair) for pair in (cells if len(cells) == rank else cells * rank))
        return [layers.Cropping1D, layers.Cropping2D, layers.Cropping3D][rank - 1](pairs[0] if rank == 1 else pairs)

    emit("crop", {"cells": cells}, [spatial_shape(rank)], make)


def upsample():
    rank = pick([1, 2, 3])
    mode = pick(["nearest", "bilinear"]) if rank == 2 else "nearest"
    size = window(rank, 3)

    def make():
        if rank == 2:
            return layers.UpSampling2D(whole(size, 2), interpolation=mode)
        return layers.UpSampling1D(size[0]) if rank == 1 else layers.UpSampling3D(whole(size, 3))

    emit("upsample", {"size": size, "mode": mode}, [spatial_shape(rank, high=6)], make)


def reshape():
    parts = [random.randint(1, 5) for _ in range(random.randint(1, 4))]
    target = list(parts)
    random.shuffle(target)
    if random.random() < 0.5:
        target[random.randrange(len(target))] = -1
    if random.random() < 0.2:
        target[0] = 7
    emit("reshape", {"shape": target}, [parts], lambda: layers.Reshape(target))


def permute():
    shape = any_shape()
    order = list(range(1, len(shape) + 1))
    random.shuffle(order)
    if random.random() < 0.2:
        order = order + [len(order) + 1] if random.random() < 0.5 else [2, 2]
    emit("permute", {"order": order}, [shape], lambda: layers.Permute(order))


def repeat_vector():
    times = random.randint(1, 9)
    emit("repeat_vector", {"times": times}, [any_shape()], lambda: layers.RepeatVector(times))


def layer_norm():
    scale, center = pick([True, False]), pick([True, False])
    given = {"scale": scale, "center": center}
    emit("layer_norm", given, [any_shape()], lambda: layers.LayerNormalization(scale=scale, center=center))


def group_norm():
    groups, channels = pick([1, 2, 3, 4]), pick([1, 2, 4, 6, 8, 12])
    shape = spatial_shape(random.randint(0, 3), channels=channels)
    emit("group_norm", {"groups": groups}, [shape], lambda: layers.GroupNormalization(groups))


def instance_norm():
    emit("instance_norm", {}, [any_shape()], lambda: layers.GroupNormalization(-1))


def rms_norm():
    emit("rms_norm", {}, [any_shape()], layers.RMSNormalization)


def prelu():
    shape = any_shape()
    shared = random.sample(range(1, len(shape) + 1), random.randint(0, len(shape)))
    given = {"shared": shared} if shared else {}
    emit("prelu", given, [shape], lambda: layers.PReLU(shared_axes=shared or None))


def spatial_dropout():
    rank = pick([1, 2, 3])
    table = [layers.SpatialDropout1D, layers.SpatialDropout2D, layers.SpatialDropout3D]
    emit("spatial_dropout", {"rate": 0.5}, [spatial_shape(rank)], lambda: table[rank - 1](0.5))


def noise():
    emit("gaussian_noise", {"stddev": 0.5}, [any_shape()], lambda: layers.GaussianNoise(0.5))
    emit("gaussian_dropout", {"rate": 0.5}, [any_shape()], lambda: layers.GaussianDropout(0.5))


def embedding():
    count, units = random.randint(1, 50), random.randint(1, 9)
    given = {"count": count, "units": units}
    emit("embedding", given, [any_shape()], lambda: layers.Embedding(count, units))


def normalize():
    emit("normalize", {}, [any_shape()], layers.Normalization)
    emit("normalize", {"mean": 0.5, "variance": 2}, [any_shape()], lambda: layers.Normalization(mean=0.5, variance=2.0))


def attention():
    heads, bias = random.randint(1, 3), random.random() < 0.7
    shape = spatial_shape(pick([1, 1, 2]), high=6, channels=heads * random.randint(1, 4))
    key = pick([None, random.randint(1, 5)])
    given = {"heads": heads, "bias": bias} | ({"key": key} if key else {})

    emit("attention", given, [shape], lambda: layers.MultiHeadAttention(heads, key or shape[-1] // heads, use_bias=bias))


def dot():
    shared = random.randint(1, 5)
    first, second = any_shape(), any_shape()
    places = [random.randint(1, len(first)), random.randint(1, len(second))]
    first[places[0] - 1] = second[places[1] - 1] = shared
    if random.random() < 0.15:
        first[places[0] - 1] += 1
    axes = [places[0] - (len(first) + 1 if random.random() < 0.3 else 0), places[1]]
    emit("dot", {"axes": axes}, [first, second], lambda: layers.Dot(axes=tuple(axes)))


KINDS = [conv, conv, conv, pool, pool, concat, conv_transpose, conv_transpose, pad, crop, upsample, reshape, permute]
KINDS += [group_norm, prelu, attention, dot]
KINDS += [depthwise_like(kind) for kind in ["depthwise", "separable"]]
KINDS += [merge(kind) for kind in MERGES]
FEW = [global_pool, dense, flatten, dropout, bn, rescale, repeat_vector, layer_norm, instance_norm, rms_norm]
FEW += [spatial_dropout, noise, embedding, normalize]

if __name__ == "__main__":
    for kind in KINDS:
        for _ in range(CASES):
            kind()
    for kind in FEW:
        for _ in range(CASES // 4):
            kind()
    activation()
    print(f"Keras {keras.__version__}", file=sys.stderr)
