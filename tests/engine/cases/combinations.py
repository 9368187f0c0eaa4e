"""Writes combinations.json: weights after four steps of Keras, with losses, optimizers and helps of every sort together.

Run with a Python that has Keras: python tests/engine/cases/combinations.py
"""

import json
import pathlib

import keras
import numpy as np
from keras import layers, losses, optimizers

random = np.random.default_rng(7)
batch, features, units, step_count = 16, 3, 3, 4


def numbers(value):
    array = np.asarray(value)
    return {"shape": list(array.shape), "data": [float(f"{number:.9g}") for number in array.ravel()]}


def one_hot(count):
    return np.eye(units)[random.integers(0, units, count)]


def answers(count):
    return random.integers(0, 2, (count, units)).astype(float)


def amounts(count):
    return np.round(random.normal(size=(count, units)), 2)


def counts(count):
    return random.poisson(2, (count, units)).astype(float)


# Ours, the activation, Keras' and targets.
cross_entropy = {"name": "cross_entropy", "labelSmoothing": 0.1}, "softmax", losses.CategoricalCrossentropy(label_smoothing=0.1), one_hot
focal = {"name": "focal", "gamma": 1.5}, "softmax", losses.CategoricalFocalCrossentropy(gamma=1.5), one_hot
binary_focal = {"name": "binary_focal", "balanced": True}, "sigmoid", losses.BinaryFocalCrossentropy(apply_class_balancing=True), answers
dice = {"name": "dice"}, "sigmoid", losses.Dice(axis=(1,)), answers
huber = {"name": "huber", "delta": 0.6}, None, losses.Huber(delta=0.6), amounts
cosine = {"name": "cosine"}, None, losses.CosineSimilarity(), amounts
poisson = {"name": "poisson"}, "softplus", losses.Poisson(), counts
hinge = {"name": "squared_hinge"}, "tanh", losses.SquaredHinge(), answers

cases = []


def case(outputs, ours, keras_optimizer, *, clip=None, decay=0.0, average=None, accumulate=1, l1=0.0, l2=0.0, max_norm=None,
         class_weights=None, frozen=False, rate=0.02):
    inputs = keras.Input((features,))
    constraint = None if max_norm is None else keras.constraints.MaxNorm(max_norm)
    hidden = layers.Dense(4, "tanh", name="a", kernel_regularizer=keras.regularizers.L1L2(l1, l2), kernel_constraint=constraint)
    value = hidden(inputs)
    names = ["first", "second"][:len(outputs)]
    results = [layers.Dense(units, activation, name=name)(value) for name, (_, activation, _, _) in zip(names, outputs)]
    hidden.trainable = not frozen
    model = keras.Model(inputs, results)
    for weight in model.weights:
        weight.assign(np.round(random.uniform(-0.4, 0.4, weight.shape), 2))
    helps = {"clipvalue": "value", "clipnorm": "norm", "global_clipnorm": "global_norm"}
    options = {}
    if clip is not None:
        options[next(name for name, by in helps.items() if by == clip[0])] = clip[1]
    if decay > 0:
        options["weight_decay"] = decay
    if average is not None:
        options |= {"use_ema": True, "ema_momentum": average}
    if accumulate > 1:
        options["gradient_accumulation_steps"] = accumulate
    optimizer = keras_optimizer(rate, **options)
    shares = [1.0, 0.35][:len(outputs)]
    model.compile(optimizer, [loss for _, _, loss, _ in outputs], loss_weights=shares)
    start = {weight.path: numbers(weight.numpy()) for weight in model.weights}
    steps = []
    for _ in range(step_count):
        x = np.round(random.normal(size=(batch * accumulate, features)), 2)
        targets = [make(batch * accumulate) for _, _, _, make in outputs]
        for part in range(accumulate):
            rows = slice(part * batch, (part + 1) * batch)
            weights = None if class_weights is None else targets[0][rows] @ np.array(class_weights)
            model.train_on_batch(x[rows], [target[rows] for target in targets], sample_weight=weights)
        steps.append({"data": numbers(x)["data"], "targets": [numbers(target)["data"] for target in targets]})
    end = {weight.path: numbers(weight.numpy()) for weight in model.weights}
    if average is not None:
        for weight, mean in zip(model.trainable_weights, optimizer._model_variables_moving_average):
            end[weight.path] = numbers(mean.numpy())
    chosen = [{**loss, "target": "values", "weight": share} for (loss, _, _, _), share in zip(outputs, shares)]
    if class_weights is not None:
        chosen[0]["classWeights"] = class_weights
    rules = {name: value for name, value in {"l1": l1, "l2": l2, "maxNorm": max_norm}.items() if value}
    heads = [f"from hidden\n{name}: dense {units} {activation or 'linear'}" for name, (_, activation, _, _) in zip(names, outputs)]
    cases.append({
        "source": "\n".join(["input 3", "a: dense 4", "hidden: tanh", *heads, f"output {' '.join(names)}", *(["freeze a"] if frozen else [])]),
        "plan": {
            "loss": chosen,
            "optimizer": {**ours, **({"weightDecay": decay} if decay > 0 else {})},
            **({} if clip is None else {"clip": {"by": clip[0], "limit": clip[1]}}),
            **({} if average is None else {"average": {"decay": average}}),
            **({} if not rules else {"weightRules": {"a/kernel": rules}}),
            "batch": batch,
            "accumulate": accumulate,
        },
        "learningRate": rate,
        "start": start,
        "steps": steps,
        "end": end,
    })


def momentum(rate, **options):
    return optimizers.SGD(rate, momentum=0.8, **options)


def nesterov(rate, **options):
    return optimizers.SGD(rate, momentum=0.7, nesterov=True, **options)


def amsgrad(rate, **options):
    return optimizers.Adam(rate, amsgrad=True, **options)


def centered(rate, **options):
    return optimizers.RMSprop(rate, momentum=0.5, centered=True, **options)


case([cross_entropy], {"name": "sgd", "momentum": 0.8}, momentum, clip=("norm", 0.1), decay=0.05, l2=0.02)
case([huber], {"name": "sgd", "momentum": 0.7, "nesterov": True}, nesterov, clip=("value", 0.02), l1=0.01, max_norm=0.5)
case([binary_focal], {"name": "adam", "amsgrad": True}, amsgrad, clip=("global_norm", 0.05), decay=0.05)
case([dice], {"name": "adamw"}, optimizers.AdamW, average=0.8, decay=0.01)
case([poisson], {"name": "rmsprop", "momentum": 0.5, "centered": True}, centered, clip=("norm", 0.2), average=0.7)
case([cross_entropy], {"name": "adagrad"}, optimizers.Adagrad, class_weights=[0.3, 1.0, 2.5], decay=0.02)
case([hinge], {"name": "adadelta"}, optimizers.Adadelta, clip=("global_norm", 0.1), rate=1.0)
case([cosine, focal], {"name": "nadam"}, optimizers.Nadam, accumulate=3, clip=("global_norm", 0.1))
case([poisson], {"name": "lion"}, optimizers.Lion, decay=0.1, max_norm=0.6, rate=0.01)
case([cross_entropy, huber], {"name": "sgd", "momentum": 0.8}, momentum, clip=("global_norm", 0.1), frozen=True)
case([focal], {"name": "adam"}, optimizers.Adam, accumulate=3, class_weights=[2.0, 0.5, 1.0], l2=0.03)

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
