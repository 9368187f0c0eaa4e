"""Writes random layers of the language with random arguments, weights and inputs, and the values that Keras gives them in
float64: every layer kind that Keras has, in each rank, with every argument that changes a value.

    python tests/tensor/cases/random-layers.py [FILE [COUNT [SEED]]]

Without a file it writes random-layers.json, COUNT cases of each of the kinds below.
"""

import pathlib
import sys

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from keras_cases import Cases, SelfAttention

path = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("random-layers.json")
count = int(sys.argv[2]) if len(sys.argv) > 2 else 7
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 2024
cases = Cases(seed)
random = cases.random

ACTIVATIONS = [name for name in dir(keras.activations)
               if name[0] != "_" and name not in {"get", "serialize", "deserialize", "glu", "threshold", "sparsemax"}]


def pick(values):
    return values[random.integers(len(values))]


def chance(share):
    return random.random() < share


def size(low, high):
    return int(random.integers(low, high + 1))


def image(rank, low=3, high=5, channels=None):
    return tuple(size(low, high) for _ in range(rank)) + (channels or size(1, 3),)


def window(rank, high):
    """One number for every axis or one an axis: as the language writes it, as Keras takes it."""
    if chance(0.5):
        cells = size(1, high)
        return str(cells), (cells,) * rank
    cells = tuple(size(1, high) for _ in range(rank))
    return "x".join(map(str, cells)), cells


def cells_around(rank, high):
    """Cells before and after each axis, the same two ways."""
    if chance(0.3):
        cells = size(0, high)
        return str(cells), ((cells, cells),) * rank
    pairs = tuple((size(0, high), size(0, high)) for _ in range(rank))
    return "x".join(f"({before},{after})" for before, after in pairs), pairs


def by_rank(name, rank):
    return getattr(layers, f"{name}{rank}D")


def zero_padding(pairs):
    return by_rank("ZeroPadding", len(pairs))(pairs[0] if len(pairs) == 1 else pairs)


def window_arguments(rank, *, dilation=True, causal=False):
    """Stride or dilation, and padding: words, Keras' arguments, and a layer of padding before it."""
    words, given, before = [], {}, []
    if chance(0.6):
        text, stride = window(rank, 2)
        words.append(f"stride={text}")
        given["strides"] = stride
    elif dilation:
        text, rate = window(rank, 2)
        words.append(f"dilation={text}")
        given["dilation_rate"] = rate
    pad = pick(["valid", "same", "explicit", "causal" if causal and rank == 1 else "same"])
    if pad == "explicit":
        text, pairs = cells_around(rank, 2)
        words.append(f"pad={text}")
        before.append(zero_padding(pairs))
    else:
        words.append(pad)
        given["padding"] = pad
    return words, given, before


def activation_argument():
    if chance(0.4):
        return [], {}
    name = pick(ACTIVATIONS)
    return [name], {"activation": name}


def bias_argument():
    return (["bias=no"], {"use_bias": False}) if chance(0.3) else ([], {})


def convolution(word, name, *, ranks, multiplier=False, filters=True, groups=False, causal=False):
    rank = pick(ranks)
    shape = image(rank, low=4, high=6 if rank < 3 else 5, channels=pick([2, 4]) if groups else None)
    kernel_text, kernel = window(rank, 3)
    words, given, before = window_arguments(rank, causal=causal)
    if filters:
        group = pick([1, 2]) if groups else 1
        number = size(1, 3) * group
        words = [str(number), kernel_text, *words] + ([f"groups={group}"] if group > 1 else [])
        given |= {"filters": number} | ({"groups": group} if group > 1 else {})
    else:
        words = [kernel_text, *words]
    if multiplier:
        times = size(1, 2)
        words.append(f"multiplier={times}")
        given["depth_multiplier"] = times
    if name in ("DepthwiseConv", "SeparableConv") and "strides" in given:
        words = [each for each in words if not each.startswith("stride=")]
        words.append(f"stride={given['strides'][0]}")
        given["strides"] = (given["strides"][0],) * rank
    for more, options in [activation_argument(), bias_argument()]:
        words += more
        given |= options
    layer = by_rank(name, rank)(kernel_size=kernel, **given)
    cases.case(" ".join([word, *words]), layer, shape, before=before)


def transposed():
    rank = pick([1, 2, 2, 3])
    kernel_text, kernel = window(rank, 3)
    stride_text, stride = window(rank, 3)
    pad = pick(["valid", "same"])
    filters = size(1, 3)
    words = ["conv_transpose", str(filters), kernel_text, f"stride={stride_text}", pad]
    given = {"strides": stride, "padding": pad}
    for more, options in [activation_argument(), bias_argument()]:
        words += more
        given |= options
    layer = by_rank("Conv", rank).__name__
    cases.case(" ".join(words), getattr(layers, f"{layer}Transpose")(filters, kernel, **given), image(rank, 2, 4))


def pooled():
    rank = pick([1, 2, 2, 3])
    mode, name = pick([("max", "MaxPooling"), ("avg", "AveragePooling")])
    text, cells = window(rank, 3)
    words, given, before = window_arguments(rank, dilation=False)
    if before:  # zeros before a maximum are not what explicit padding means: see the cases in layers.py
        words, given, before = ["valid"], {"padding": "valid"}, []
    if rank == 3:
        given["dtype"] = "float32"  # TensorFlow has these in no other precision
    cases.case(" ".join([f"pool {mode} {text}", *words]), by_rank(name, rank)(cells, **given), image(rank))


def global_pooled():
    rank, keepdims = pick([1, 2, 3]), chance(0.4)
    mode, name = pick([("max", "GlobalMaxPooling"), ("avg", "GlobalAveragePooling")])
    words = f"global_pool {mode}" + (" keepdims" if keepdims else "")
    cases.case(words, by_rank(name, rank)(keepdims=keepdims), image(rank))


def any_shape(low=1, high=4):
    return tuple(size(low, high) for _ in range(size(1, 4)))


def densely():
    units = size(1, 4)
    words, given = [f"dense {units}"], {}
    for more, options in [activation_argument(), bias_argument()]:
        words += more
        given |= options
    cases.case(" ".join(words), layers.Dense(units, **given), any_shape())


PARAMETERS = {"leaky_relu": "negative_slope", "elu": "alpha", "celu": "alpha", "hard_shrink": "threshold",
              "soft_shrink": "threshold", "squareplus": "b"}


def activated():
    name, value = pick(sorted(PARAMETERS)), round(float(random.uniform(0.1, 1.5)), 2) + 0.0005
    function = getattr(keras.activations, name)
    layer = layers.Activation(lambda x: function(x, **{PARAMETERS[name]: value}))
    cases.case(f"{name} {value:.4f}", layer, any_shape(2, 5))


def merged():
    word, make = pick([("add", layers.Add), ("multiply", layers.Multiply), ("average", layers.Average),
                       ("maximum", layers.Maximum), ("minimum", layers.Minimum), ("subtract", layers.Subtract)])
    base = any_shape(2, 3)
    shapes = [base]
    for _ in range(1 if word == "subtract" else size(1, 2)):
        other = tuple(1 if chance(0.3) else each for each in base)
        shapes.append(other[size(0, len(other) - 1):] if chance(0.2) else other)
    # Five examples: keras.ops.add of Keras 3.15 on TensorFlow takes what is 2x1 for a bias where the other is 2x2.
    inputs = [cases.uniform(5, *shape) for shape in shapes]
    names = " ".join(f"x{index}" for index in range(1, len(inputs)))
    cases.record(f"from x0\nlayer: {word} {names}", inputs, {}, keras.ops.convert_to_numpy(make()(inputs)))


def concatenated():
    base = list(any_shape(1, 3))
    axis = pick([*range(1, len(base) + 1), -1])
    place = axis - 1 if axis > 0 else len(base) - 1
    shapes = [[*base[:place], size(1, 3), *base[place + 1:]] for _ in range(size(2, 3))]
    inputs = [cases.uniform(2, *shape) for shape in shapes]
    names = " ".join(f"x{index}" for index in range(1, len(inputs)))
    result = layers.Concatenate(axis=axis)(inputs)
    cases.record(f"from x0\nlayer: concat {names} axis={axis}", inputs, {}, keras.ops.convert_to_numpy(result))


def dotted():
    first, second = list(any_shape(1, 3))[:3], list(any_shape(1, 3))[:3]
    places = [size(1, len(first)), size(1, len(second))]
    first[places[0] - 1] = second[places[1] - 1] = size(1, 4)
    normalize = chance(0.4)
    inputs = [cases.uniform(2, *first), cases.uniform(2, *second)]
    result = layers.Dot(axes=tuple(places), normalize=normalize)(inputs)
    words = f"dot x1 axes={places[0]}x{places[1]}" + (" normalize" if normalize else "")
    cases.record(f"from x0\nlayer: {words}", inputs, {}, keras.ops.convert_to_numpy(result))


def reshaped():
    rank = pick([1, 2, 3])
    text, pairs = cells_around(rank, 1)
    given = pairs[0] if rank == 1 else pairs
    factor_text, factors = window(rank, 3)
    mode = pick(["nearest", "bilinear"]) if rank == 2 else "nearest"
    up = {"interpolation": mode} if rank == 2 else {}
    shape = image(rank, 3, 4)
    order = random.permutation(rank + 1) + 1
    cells = int(np.prod(shape))
    part = pick([number for number in range(1, cells + 1) if cells % number == 0])
    statement, layer = pick([
        (f"pad {text}", zero_padding(pairs)),
        (f"crop {text}", by_rank("Cropping", rank)(given)),
        (f"upsample {factor_text} {mode}", by_rank("UpSampling", rank)(factors[0] if rank == 1 else factors, **up)),
        (f"upsample {factor_text} {mode}", by_rank("UpSampling", rank)(factors[0] if rank == 1 else factors, **up)),
        (f"permute {'x'.join(map(str, order))}", layers.Permute(tuple(int(place) for place in order))),
        (f"reshape {part}x?", layers.Reshape((part, -1))),
        ("flatten", layers.Flatten()),
    ])
    cases.case(statement, layer, shape)


def normalized():
    epsilon = pick([0.001, 0.1])
    scale, center = chance(0.7), chance(0.7)
    groups = pick([1, 2])
    shape = (*any_shape(1, 3)[:3], 2 * size(1, 3))
    given = {"epsilon": epsilon, "scale": scale, "center": center}
    words = f"epsilon={epsilon} scale={'yes' if scale else 'no'} center={'yes' if center else 'no'}"
    statement, layer = pick([
        (f"bn {words}", layers.BatchNormalization(**given)),
        (f"layer_norm {words}", layers.LayerNormalization(**given)),
        (f"group_norm {groups} {words}", layers.GroupNormalization(groups, **given)),
        (f"instance_norm {words}", layers.GroupNormalization(-1, **given)),
        (f"rms_norm epsilon={epsilon}", layers.RMSNormalization(epsilon=epsilon)),
        ("normalize", layers.Normalization()),
        ("normalize mean=0.3 variance=2", layers.Normalization(mean=0.3, variance=2.0)),
        ("rescale 1/3 offset=-0.5", layers.Rescaling(1 / 3, offset=-0.5)),
    ])
    cases.case(statement, layer, shape)


def prelu():
    shape = any_shape(2, 3)
    shared = sorted(int(axis) for axis in random.permutation(len(shape))[: size(0, len(shape))] + 1)
    words = f"prelu shared={'x'.join(map(str, shared))}" if shared else "prelu"
    cases.case(words, layers.PReLU(shared_axes=shared or None), shape)


def attended():
    # Keys of at least two numbers: Keras' sum takes a bias of heads x 1 for one of the last axis, see merged().
    heads, key, bias = size(1, 3), size(2, 4), chance(0.7)
    words = f"attention {heads} key={key}" + ("" if bias else " bias=no")
    cases.case(words, SelfAttention(heads, key, use_bias=bias), (size(1, 4), size(1, 4)))


def embedded():
    rows, units = size(1, 6), size(1, 4)
    indices = random.integers(0, rows, (2, *any_shape(1, 3)[:2])).astype("float64")
    cases.case(f"embedding {rows} {units}", layers.Embedding(rows, units), inputs=[indices])


KINDS = [
    *[lambda: convolution("conv", "Conv", ranks=[1, 2, 2, 3], groups=True, causal=True)] * 3,
    lambda: convolution("depthwise", "DepthwiseConv", ranks=[1, 2, 2], filters=False, multiplier=True),
    lambda: convolution("separable", "SeparableConv", ranks=[1, 2, 2], multiplier=True),
    *[transposed] * 2,
    *[pooled] * 2,
    *[reshaped] * 3,
    *[normalized] * 3,
    *[merged] * 2,
    *[global_pooled, densely, activated, concatenated, dotted, prelu, attended, embedded],
]

for make in KINDS:
    for _ in range(count):
        try:
            make()
        except (ValueError, tf.errors.InvalidArgumentError) as refusal:  # what Keras refuses is compared elsewhere
            print(f"refused: {str(refusal).splitlines()[0][:90]}", file=sys.stderr)
for name in ACTIVATIONS:
    own = {"relu": layers.ReLU, "leaky_relu": layers.LeakyReLU, "elu": layers.ELU, "softmax": layers.Softmax}
    cases.case(name, own.get(name, lambda name=name: layers.Activation(name))(), inputs=[cases.uniform(2, 5, low=-7, high=7)])
cases.write(path)
