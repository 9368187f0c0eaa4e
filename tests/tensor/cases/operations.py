"""Writes operations.json: operands and results of tensor operations as TensorFlow and PyTorch compute them in float64.

Run with a Python that has both: python tests/tensor/cases/operations.py
"""

import json
import pathlib

import numpy as np
import tensorflow as tf
import torch
import torch.nn.functional as F

random = np.random.default_rng(20)
cases = []


def tensor(value):
    array = np.asarray(value)
    data_type = {"f": "float32", "i": "int32", "b": "bool"}[array.dtype.kind]
    numbers = [float(f"{number:.10g}") if data_type == "float32" else int(number) for number in array.ravel()]
    numbers = [("inf" if n > 0 else "-inf") if n in (np.inf, -np.inf) else n for n in numbers]
    return {"shape": list(array.shape), "dataType": data_type, "data": numbers}


def case(op, operands, attributes, result, name=""):
    operands = [np.asarray(operand) for operand in operands]
    cases.append({
        "name": f"{op} {name}".strip(),
        "op": op,
        "attributes": attributes,
        "operands": [tensor(operand) for operand in operands],
        "result": tensor(result),
    })


def uniform(*shape, low=-2.0, high=2.0):
    return np.round(random.uniform(low, high, shape), 4)


def unary(op, function, x):
    case(op, [x], {}, function(tf.constant(x)).numpy())


x = np.concatenate([uniform(8), [0.0, -0.0, 30.0, -30.0]])
positive = uniform(8, low=0.05, high=4)
unary("negate", tf.negative, x)
unary("reciprocal", tf.math.reciprocal, positive)
unary("sqrt", tf.sqrt, positive)
unary("exp", tf.exp, x)
unary("log", tf.math.log, positive)
unary("abs", tf.abs, x)
unary("tanh", tf.tanh, x)
unary("sigmoid", tf.sigmoid, np.concatenate([x, [-800.0, 800.0]]))
unary("relu", tf.nn.relu, x)
unary("step", lambda v: tf.cast(v > 0, tf.float64), x)
unary("erf", tf.math.erf, np.concatenate([x, [0.5, 1.0, 2.9, 3.1, 5.5, -4.2]]))
unary("floor", tf.floor, np.concatenate([x, [-1.5, 2.5]]))
case("cast", [np.array([0.0, 1.7, -1.7, 5.0])], {"to": "int32"},
     tf.cast(tf.constant([0.0, 1.7, -1.7, 5.0], tf.float64), tf.int32).numpy(), "to int32")
case("cast", [np.array([0.0, 1.5])], {"to": "bool"}, np.array([False, True]), "to bool")
case("cast", [np.array([True, False])], {"to": "float32"}, np.array([1.0, 0.0]), "from bool")

pairs = [("same shape", uniform(2, 3), uniform(2, 3)), ("row", uniform(2, 3), uniform(3)),
         ("outer", uniform(2, 1, 3), uniform(4, 1)), ("scalar", uniform(), uniform(2, 2))]
for name, function in [("add", tf.add), ("subtract", tf.subtract), ("multiply", tf.multiply),
                       ("divide", tf.divide), ("maximum", tf.maximum), ("minimum", tf.minimum)]:
    for label, a, b in pairs:
        case(name, [a, b], {}, function(tf.constant(a), tf.constant(b)).numpy(), label)
exponents = uniform(8)
case("power", [positive, exponents], {}, tf.pow(tf.constant(positive), tf.constant(exponents)).numpy())
a, b = np.array([1.0, 2.0, 3.0, 3.0]), np.array([1.0, 3.0, 2.0, 3.0])
case("equal", [a, b], {}, tf.equal(a, b).numpy())
case("greater", [a, b], {}, tf.greater(a, b).numpy())
condition = np.array([[True], [False]])
yes, no = uniform(3), uniform(2, 3)
case("select", [condition, yes, no], {}, tf.where(condition, tf.constant(yes), tf.constant(no)).numpy())

for label, left, right, tl, tr in [
    ("plain", (3, 5), (5, 4), False, False), ("left transposed", (5, 3), (5, 4), True, False),
    ("right transposed", (3, 5), (4, 5), False, True), ("both transposed", (5, 3), (4, 5), True, True),
    ("stack", (2, 3, 5), (2, 5, 4), False, False), ("stack by matrix", (2, 2, 3, 5), (5, 4), False, False),
    ("broadcast stacks", (2, 1, 3, 5), (3, 4, 5), False, True), ("one row", (1, 7), (7, 6), False, False),
    ("many", (9, 33), (33, 21), False, False),
]:
    a, b = uniform(*left), uniform(*right)
    case("matmul", [a, b], {"transposeLeft": tl, "transposeRight": tr},
         tf.linalg.matmul(tf.constant(a), tf.constant(b), transpose_a=tl, transpose_b=tr).numpy(), label)


def geometry(kernel, stride, dilation, pads, **more):
    return {"kernel": list(kernel), "stride": list(stride), "dilation": list(dilation),
            "pads": [list(pair) for pair in pads], **more}


def first(array):
    """Channels last to channels first."""
    return torch.tensor(np.moveaxis(array, -1, 1).copy())


def last(value):
    return np.moveaxis(value.detach().numpy(), 1, -1)


def torch_pads(pads):
    return [cells for pair in reversed(pads) for cells in pair]


windows = [
    ("1-D causal", (2, 7, 4), (3,), (1,), (2,), [(4, 0)], 1, 3),
    ("2-D valid", (2, 5, 6, 3), (3, 2), (1, 1), (1, 1), [(0, 0), (0, 0)], 1, 4),
    ("2-D stride 2 odd pads", (1, 6, 5, 2), (3, 3), (2, 2), (1, 1), [(0, 1), (1, 1)], 1, 3),
    ("2-D stride that drops cells", (1, 8, 7, 2), (2, 3), (3, 2), (1, 1), [(0, 0), (0, 0)], 1, 2),
    ("2-D dilated", (1, 7, 7, 2), (3, 2), (1, 1), (2, 3), [(2, 2), (1, 2)], 1, 2),
    ("2-D groups", (2, 4, 4, 6), (3, 3), (1, 1), (1, 1), [(1, 1), (1, 1)], 3, 6),
    ("2-D depthwise", (1, 4, 5, 3), (2, 2), (1, 1), (1, 1), [(0, 0), (0, 0)], 3, 6),
    ("2-D pointwise", (2, 3, 3, 5), (1, 1), (1, 1), (1, 1), [(0, 0), (0, 0)], 1, 7),
    ("3-D", (1, 4, 3, 4, 2), (2, 3, 2), (1, 2, 1), (1, 1, 1), [(0, 0), (1, 1), (0, 1)], 1, 3),
]
for label, shape, kernel, stride, dilation, pads, groups, filters in windows:
    rank = len(kernel)
    x, k = uniform(*shape), uniform(*kernel, shape[-1] // groups, filters)
    xt = first(x).requires_grad_()
    kt = torch.tensor(np.moveaxis(k, [-1, -2], [0, 1]).copy()).requires_grad_()
    convolve = [F.conv1d, F.conv2d, F.conv3d][rank - 1]
    y = convolve(F.pad(xt, torch_pads(pads)), kt, stride=stride, dilation=dilation, groups=groups)
    dy = np.round(random.uniform(-1, 1, last(y).shape), 4)
    y.backward(first(dy))
    attributes = geometry(kernel, stride, dilation, pads, groups=groups)
    case("conv", [x, k], attributes, last(y), label)
    case("convInputGradient", [dy, k], {**attributes, "inputSize": list(shape[1:-1])}, last(xt.grad), label)
    case("convKernelGradient", [x, dy], attributes,
         np.moveaxis(kt.grad.numpy(), [0, 1], [-1, -2]), label)

pools = [
    ("2x2", (2, 4, 6, 3), (2, 2), (2, 2), [(0, 0), (0, 0)]),
    ("floor", (1, 5, 7, 2), (2, 3), (2, 3), [(0, 0), (0, 0)]),
    ("overlapping, padded", (1, 6, 5, 2), (3, 3), (2, 2), [(0, 1), (1, 1)]),
    ("1-D", (2, 9, 2), (3,), (2,), [(1, 1)]),
    ("3-D", (1, 4, 4, 4, 2), (2, 2, 2), (2, 1, 2), [(0, 0), (0, 0), (0, 0)]),
]
for label, shape, kernel, stride, pads in pools:
    rank = len(kernel)
    attributes = geometry(kernel, stride, [1] * rank, pads)
    # Whole numbers, so that there are ties.
    x = np.round(random.uniform(-3, 3, shape))
    xt = first(x).requires_grad_()
    padded = F.pad(xt, torch_pads(pads), value=-np.inf)
    y = [F.max_pool1d, F.max_pool2d, F.max_pool3d][rank - 1](padded, kernel, stride)
    dy = np.round(random.uniform(-1, 1, last(y).shape), 4)
    y.backward(first(dy))
    case("maxPool", [x], attributes, last(y), label)
    case("maxPoolGradient", [x, last(y), dy], attributes, last(xt.grad), label)
    x = uniform(*shape)
    xt = first(x).requires_grad_()
    average = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d][rank - 1]
    counts = average(F.pad(torch.ones_like(xt), torch_pads(pads)), kernel, stride)
    y = average(F.pad(xt, torch_pads(pads)), kernel, stride) / counts
    y.backward(first(dy))
    case("averagePool", [x], attributes, last(y), label)
    case("averagePoolGradient", [dy], {**attributes, "inputSize": list(shape[1:-1])}, last(xt.grad), label)
x = uniform(1, 5, 4, 2)
case("averagePool", [x], geometry((3, 3), (2, 2), (1, 1), [(1, 1), (0, 1)]),
     tf.nn.avg_pool2d(tf.constant(x), 3, 2, "SAME").numpy(), "TensorFlow's SAME")

x = uniform(2, 3, 4)
for axes, keep in [([0], False), ([1, 2], False), ([0, 2], True), ([0, 1, 2], False)]:
    for op, function in [("reduceSum", tf.reduce_sum), ("reduceMean", tf.reduce_mean), ("reduceMax", tf.reduce_max),
                         ("reduceVariance", tf.math.reduce_variance)]:
        case(op, [x], {"axes": axes, "keepDims": keep}, function(tf.constant(x), axes, keep).numpy(), str(axes))
ties = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 1.0]])
case("argMax", [ties], {"axis": 1}, tf.argmax(ties, 1, output_type=tf.int32).numpy(), "last axis")
case("argMax", [ties], {"axis": 0}, tf.argmax(ties, 0, output_type=tf.int32).numpy(), "first axis")

case("reshape", [x], {"shape": [4, 6]}, x.reshape(4, 6))
case("transpose", [x], {"permutation": [2, 0, 1]}, np.transpose(x, [2, 0, 1]))
narrow = uniform(3, 1)
case("broadcast", [narrow], {"shape": [2, 3, 2]}, np.broadcast_to(narrow, (2, 3, 2)))
parts = [uniform(2, 1, 3), uniform(2, 4, 3), uniform(2, 2, 3)]
case("concat", parts, {"axis": 1}, np.concatenate(parts, 1))
case("slice", [x], {"axes": [0, 2], "starts": [1, 1], "ends": [2, 3]}, x[1:2, :, 1:3])
case("pad", [x], {"pads": [[0, 1], [2, 0], [1, 1]], "value": 0.5},
     np.pad(x, [(0, 1), (2, 0), (1, 1)], constant_values=0.5))
wide = np.concatenate([uniform(2, 3), np.full((2, 1), 900.0)], 1)
for axis in [0, 1]:
    case("softmax", [wide], {"axis": axis}, tf.nn.softmax(tf.constant(wide), axis).numpy(), f"axis {axis}")
    case("logSoftmax", [wide], {"axis": axis}, tf.nn.log_softmax(tf.constant(wide), axis).numpy(), f"axis {axis}")
x, gamma, beta, mean, variance = uniform(2, 3, 4), uniform(4), uniform(4), uniform(4), uniform(4, low=0.1)
case("batchNorm", [x, gamma, beta, mean, variance], {"epsilon": 0.25},
     tf.nn.batch_normalization(tf.constant(x), mean, variance, beta, gamma, 0.25).numpy())
labels = np.array([[2, 0], [1, 3]], np.int32)
case("oneHot", [labels], {"depth": 4}, tf.one_hot(labels, 4, dtype=tf.float64).numpy())

table, indices = uniform(5, 3), np.array([[4, 0], [1, 4]], np.int32)
case("gather", [table, indices], {}, tf.gather(tf.constant(table), indices).numpy())
rows = uniform(2, 2, 3)
case("gatherGradient", [indices, rows], {"rows": 5},
     tf.scatter_nd(indices.reshape(-1, 1), tf.constant(rows.reshape(-1, 3)), [5, 3]).numpy())

numbers = np.concatenate([uniform(8), [-0.5, 1.25, np.inf, -np.inf]])
case("clip", [numbers], {"low": -0.5, "high": 1.25}, tf.clip_by_value(tf.constant(numbers), -0.5, 1.25).numpy())

path = pathlib.Path(__file__).with_name("operations.json")
path.write_text("[\n" + ",\n".join(json.dumps(entry, separators=(",", ":")) for entry in cases) + "\n]\n")
print(f"{len(cases)} cases, {path.stat().st_size} bytes")
