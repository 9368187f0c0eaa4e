"""Writes losses.json: values and gradients of losses (Keras, float64), and optimizers.json: ten steps of every optimizer (Keras, float32),
also with a rate for each weight beside clipping, decay and a moving average, and with steps that loss scaling passes over.

Run with a Python that has Keras: python tests/autodiff/cases/losses.py
"""

import json
import os
import pathlib

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

keras.backend.set_floatx("float64")
random = np.random.default_rng(5)
here = pathlib.Path(__file__)


def tensor(value):
    array = np.asarray(value)
    return {"shape": list(array.shape), "data": [float(f"{number:.12g}") for number in array.ravel()]}


def uniform(*shape, low=-1.0, high=1.0):
    return np.round(random.uniform(low, high, shape), 3)


losses = []


def loss(options, target_kind, output, target, keras_loss, activation="linear", per_example=False):
    """The loss of a last layer's numbers under an activation: the sum over the examples, and its gradient."""
    z = tf.Variable(output)
    with tf.GradientTape() as tape:
        y = {"linear": lambda v: v, "softmax": tf.nn.softmax, "sigmoid": tf.nn.sigmoid}[activation](z)
        values = keras_loss(tf.constant(target), y)
        values = tf.reshape(values, [len(output), -1]) if not per_example else values
        total = tf.reduce_sum(tf.reduce_mean(values, axis=-1) if not per_example else values)
    losses.append({
        "options": {**options, "target": target_kind},
        "activation": activation,
        "output": tensor(output),
        "target": tensor(target),
        "loss": float(total),
        "gradient": tensor(tape.gradient(total, z)),
    })


labels = random.integers(0, 4, 6)
one_hot = np.eye(4)[labels]
logits = uniform(6, 4, low=-3, high=3)
shares = uniform(6, 4, low=0.05)
shares = np.round(np.abs(shares) / np.abs(shares).sum(1, keepdims=True), 3)
L = keras.losses
for smoothing in (0.0, 0.1):
    options = {"name": "cross_entropy", **({"labelSmoothing": smoothing} if smoothing else {})}
    loss(options, "values", logits, one_hot, lambda t, y, s=smoothing: L.categorical_crossentropy(t, y, label_smoothing=s), "softmax")
    loss(options, "classes", logits, labels,
         lambda t, y, s=smoothing: L.categorical_crossentropy(tf.one_hot(t, 4, dtype=tf.float64), y, from_logits=True, label_smoothing=s))
loss({"name": "cross_entropy"}, "classes", uniform(2, 3, 3, 4), random.integers(0, 4, (2, 3, 3)),
     lambda t, y: L.sparse_categorical_crossentropy(t, y, from_logits=True))
weights = np.array([1.0, 0.5, 2.0, 0.0])
loss({"name": "cross_entropy", "classWeights": weights.tolist()}, "classes", logits, labels,
     lambda t, y: L.sparse_categorical_crossentropy(t, y, from_logits=True) * tf.gather(weights, t))
answers = random.integers(0, 2, (6, 3)).astype(float)
yes = uniform(6, 3, low=-4, high=4)
for smoothing in (0.0, 0.2):
    options = {"name": "binary_cross_entropy", **({"labelSmoothing": smoothing} if smoothing else {})}
    loss(options, "values", yes, answers, lambda t, y, s=smoothing: L.binary_crossentropy(t, y, label_smoothing=s), "sigmoid")
loss({"name": "binary_cross_entropy", "classWeights": [0.25, 3.0]}, "classes", yes[:, :1], answers[:, 0].astype(int),
     lambda t, y: L.binary_crossentropy(tf.cast(t, tf.float64)[:, None], y, from_logits=True) * tf.gather(np.array([0.25, 3.0]), t))
for options in ({}, {"gamma": 1.5, "alpha": 0.6, "labelSmoothing": 0.1}):
    arguments = {{"labelSmoothing": "label_smoothing"}.get(k, k): v for k, v in options.items()}
    loss({"name": "focal", **options}, "values", logits, one_hot, lambda t, y, a=arguments: L.categorical_focal_crossentropy(t, y, **a), "softmax")
for options in ({}, {"balanced": True}, {"gamma": 3.0, "labelSmoothing": 0.1}):
    arguments = {{"labelSmoothing": "label_smoothing", "balanced": "apply_class_balancing"}.get(k, k): v for k, v in options.items()}
    loss({"name": "binary_focal", **options}, "values", yes, answers, lambda t, y, a=arguments: L.binary_focal_crossentropy(t, y, **a), "sigmoid")
loss({"name": "kl_divergence"}, "values", logits, shares, L.kl_divergence, "softmax")
loss({"name": "kl_divergence"}, "values", np.abs(shares[::-1]).copy(), shares, L.kl_divergence)
numbers, targets = uniform(5, 3, low=-3, high=3), uniform(5, 3, low=-3, high=3)
for name, function in (("mse", L.mean_squared_error), ("mae", L.mean_absolute_error), ("huber", L.huber), ("log_cosh", L.log_cosh),
                       ("mape", L.mean_absolute_percentage_error), ("cosine", L.cosine_similarity)):
    loss({"name": name}, "values", numbers, targets, function)
loss({"name": "huber", "delta": 0.4}, "values", numbers, targets, lambda t, y: L.huber(t, y, delta=0.4))
loss({"name": "mse"}, "values", uniform(2, 4, 3), uniform(2, 4, 3), L.mean_squared_error)
loss({"name": "msle"}, "values", np.abs(numbers), np.abs(targets), L.mean_squared_logarithmic_error)
loss({"name": "poisson"}, "values", np.abs(numbers) + 0.1, np.round(np.abs(targets)), L.poisson)
for name, function in (("hinge", L.hinge), ("squared_hinge", L.squared_hinge)):
    loss({"name": name}, "values", yes / 3, answers, function)
    loss({"name": name}, "values", yes / 3, 2 * answers - 1, function)
loss({"name": "categorical_hinge"}, "values", logits, one_hot, L.categorical_hinge)
masks = random.integers(0, 2, (3, 4, 4, 1)).astype(float)
mask_logits = uniform(3, 4, 4, 1, low=-2, high=2)
loss({"name": "dice"}, "values", mask_logits, masks, lambda t, y: L.dice(t, y, axis=(1, 2, 3)), "sigmoid", True)
loss({"name": "tversky", "alpha": 0.3, "beta": 0.7}, "values", mask_logits, masks,
     lambda t, y: L.tversky(t, y, alpha=0.3, beta=0.7, axis=(1, 2, 3)), "sigmoid", True)
keras.backend.set_floatx("float32")
sequences = np.array([[1, 2, 0], [2, 2, 1], [3, 0, 0], [1, 2, 3]])
ctc_logits = uniform(4, 8, 4, low=-2, high=2)
z = tf.Variable(ctc_logits.astype(np.float32))
with tf.GradientTape() as tape:
    total = tf.reduce_sum(L.ctc(tf.constant(sequences), z))
losses.append({"options": {"name": "ctc", "target": "sequences", "sequenceLength": 3}, "activation": "linear", "output": tensor(ctc_logits),
               "target": tensor(sequences), "loss": float(total), "gradient": tensor(tape.gradient(total, z)), "precision": 1e-5})
here.with_name("losses.json").write_text(json.dumps(losses, separators=(",", ":")) + "\n")

O = keras.optimizers
start = [uniform(4, 2).astype(np.float32), uniform(3).astype(np.float32)]
gradients = [[uniform(*each.shape).astype(np.float32) * np.float32(10.0 ** random.integers(-3, 2)) for each in start] for _ in range(10)]
cases = []


def optimizer(options, made, **more):
    variables = [keras.Variable(each, dtype="float32") for each in start]
    made.build(variables)
    trajectory, average = [], []
    for gradient in gradients:
        made.apply(gradient, variables)
        if "maxNorm" in more:
            limit = keras.constraints.MaxNorm(more["maxNorm"], axis=0)
            variables[0].assign(limit(variables[0]))
        trajectory.append(tensor(np.concatenate([v.numpy().ravel() for v in variables]))["data"])
        if made.use_ema:
            average.append(tensor(np.concatenate([a.numpy().ravel() for a in made._model_variables_moving_average]))["data"])
    cases.append({"options": options, "learningRate": round(float(made.learning_rate), 6), "trajectory": trajectory, **more, **({"average": average} if average else {})})


def named(name, **options):
    return {"optimizer": {"name": name, **options}}


optimizer(named("sgd", weightDecay=0.1), O.SGD(0.05, weight_decay=0.1))
optimizer(named("adam", amsgrad=True), O.Adam(0.05, amsgrad=True))
optimizer(named("adam", weightDecay=0.02), O.Adam(0.05, weight_decay=0.02))
optimizer(named("adamw"), O.AdamW(0.05))
optimizer(named("adamw", weightDecay=0.1, amsgrad=True, beta1=0.8), O.AdamW(0.05, weight_decay=0.1, amsgrad=True, beta_1=0.8))
optimizer(named("nadam"), O.Nadam(0.05))
optimizer(named("nadam", beta1=0.8, beta2=0.9, epsilon=0.001), O.Nadam(0.05, beta_1=0.8, beta_2=0.9, epsilon=0.001))
optimizer(named("rmsprop"), O.RMSprop(0.05))
optimizer(named("rmsprop", momentum=0.9, rho=0.8), O.RMSprop(0.05, momentum=0.9, rho=0.8))
optimizer(named("rmsprop", centered=True, epsilon=0.01), O.RMSprop(0.05, centered=True, epsilon=0.01))
optimizer(named("adagrad"), O.Adagrad(0.05))
optimizer(named("adagrad", initialAccumulator=0.5), O.Adagrad(0.05, initial_accumulator_value=0.5))
optimizer(named("adadelta"), O.Adadelta(0.05))
optimizer(named("adadelta", rho=0.8, epsilon=0.001, weightDecay=0.01), O.Adadelta(0.05, rho=0.8, epsilon=0.001, weight_decay=0.01))
optimizer(named("lion"), O.Lion(0.05))
optimizer(named("lion", weightDecay=0.1, beta1=0.8), O.Lion(0.05, weight_decay=0.1, beta_1=0.8))
optimizer({**named("sgd", momentum=0.9), "clip": {"by": "norm", "limit": 0.5}}, O.SGD(0.05, momentum=0.9, clipnorm=0.5))
optimizer({**named("adam"), "clip": {"by": "global_norm", "limit": 0.5}}, O.Adam(0.05, global_clipnorm=0.5))
optimizer({**named("sgd"), "clip": {"by": "value", "limit": 0.3}}, O.SGD(0.05, clipvalue=0.3))
optimizer({**named("sgd"), "average": {"decay": 0.9}}, O.SGD(0.05, use_ema=True, ema_momentum=0.9))
optimizer(named("sgd"), O.SGD(0.5), maxNorm=0.7)


def rated(name, kind, rates, clip, **options):
    """Each weight by an optimizer of its own, with a share of the learning rate."""
    words = {"weightDecay": "weight_decay", "initialAccumulator": "initial_accumulator_value"}
    arguments = {words.get(key, key): value for key, value in options.items()}
    limits = {"value": "clipvalue", "norm": "clipnorm"}
    if clip["by"] in limits:
        arguments[limits[clip["by"]]] = clip["limit"]
    made = [kind(0.05 * rate, use_ema=True, ema_momentum=0.9, **arguments) for rate in rates]
    variables = [keras.Variable(each, dtype="float32") for each in start]
    for each, variable in zip(made, variables):
        each.build([variable])
    trajectory, average = [], []
    for gradient in gradients:
        if clip["by"] == "global_norm":
            gradient = [each.numpy() for each in tf.clip_by_global_norm(gradient, clip["limit"])[0]]
        for each, part, variable in zip(made, gradient, variables):
            each.apply([part], [variable])
        trajectory.append(tensor(np.concatenate([v.numpy().ravel() for v in variables]))["data"])
        average.append(tensor(np.concatenate([each._model_variables_moving_average[0].numpy().ravel() for each in made]))["data"])
    cases.append({"options": {**named(name, **options), "clip": clip, "average": {"decay": 0.9}}, "learningRate": 0.05, "rates": rates,
                  "trajectory": trajectory, "average": average})


clips = [{"by": "value", "limit": 0.3}, {"by": "norm", "limit": 0.5}, {"by": "global_norm", "limit": 0.5}]
for index, (name, kind, options) in enumerate([
    ("sgd", O.SGD, {"momentum": 0.9, "nesterov": True}), ("adam", O.Adam, {"amsgrad": True}), ("adamw", O.AdamW, {}),
    ("nadam", O.Nadam, {}), ("rmsprop", O.RMSprop, {"momentum": 0.9, "centered": True, "epsilon": 0.01}), ("adagrad", O.Adagrad, {}),
    ("adadelta", O.Adadelta, {}), ("lion", O.Lion, {}),
]):
    rated(name, kind, [0.1, 2.0], clips[index % 3], **options, weightDecay=0.1)


def skipping(options, inner, skipped):
    """Steps whose gradient is infinite, as loss scaling meets them; it passes over them."""
    made = O.LossScaleOptimizer(inner, initial_scale=1024.0)
    variables = [keras.Variable(each, dtype="float32") for each in start]
    made.build(variables)
    trajectory = []
    for index, gradient in enumerate(gradients):
        scale = np.inf if index in skipped else float(made.dynamic_scale.numpy())
        made.apply([each * np.float32(scale) for each in gradient], variables)
        trajectory.append(tensor(np.concatenate([v.numpy().ravel() for v in variables]))["data"])
    cases.append({"options": options, "learningRate": 0.05, "skipped": skipped, "trajectory": trajectory})


for name, kind in (("sgd", O.SGD), ("adam", O.Adam), ("nadam", O.Nadam), ("rmsprop", O.RMSprop)):
    more = {"momentum": 0.9} if name == "sgd" else {}
    skipping(named(name, **more, weightDecay=0.1), kind(0.05, **more, weight_decay=0.1), [0, 1, 4])
here.with_name("optimizers.json").write_text(json.dumps({
    "shapes": [list(each.shape) for each in start],
    "start": tensor(np.concatenate([each.ravel() for each in start]))["data"],
    "gradients": [tensor(np.concatenate([g.ravel() for g in each]))["data"] for each in gradients],
    "cases": cases,
}, separators=(",", ":")) + "\n")
print(*(f"{name} {here.with_name(name).stat().st_size} bytes" for name in ("losses.json", "optimizers.json")), sep="\n")
