"""Writes augment.json: images changed by Keras' preprocessing layers, each with fixed amounts.

TensorFlow folds `wrap` with a period of size - 1 there; the other back ends of Keras, and this project, with the size itself.

Run it with a Python that has Keras 3 and PyTorch: python tests/data/cases/augment.py
"""

import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers

rng = np.random.default_rng(3)
images = {
    "grey": rng.integers(0, 256, (7, 5, 1)).astype("float32"),
    "colour": rng.integers(0, 256, (6, 8, 3)).astype("float32"),
}


def fixed(value):
    return (value, value)


def run(layer, image):
    return keras.ops.convert_to_numpy(layer(image[None], training=True))[0]


def transformed(layer, image, amounts):
    tensors = {name: keras.ops.convert_to_tensor(value) for name, value in amounts.items()}
    return keras.ops.convert_to_numpy(layer.transform_images(keras.ops.convert_to_tensor(image[None]), tensors))


def case(name, said, image, result):
    return {
        "name": name,
        "said": said,
        "shape": list(images[image].shape),
        "image": [float(v) for v in images[image].ravel()],
        "result": [round(float(v), 4) for v in np.asarray(result).ravel()],
    }


cases = []
for image in images:
    for fill in ("reflect", "nearest", "wrap", "constant"):
        extra = {"fill_mode": fill, "fill_value": 9.0}
        said = {"fill": fill, "value": 9}
        for down, right in ((0.25, -0.3), (-0.1, 0.45), (0.9, 0.0)):
            layer = layers.RandomTranslation(fixed(down), fixed(right), **extra)
            cases.append(
                case(f"shift {down} {right} {fill}", {"name": "shift", "amount": fixed(down), "width": fixed(right), **said}, image, run(layer, images[image]))
            )
        for turn in (0.07, -0.2, 0.25):
            layer = layers.RandomRotation(fixed(turn), **extra)
            cases.append(case(f"rotation {turn} {fill}", {"name": "rotation", "amount": fixed(turn), **said}, image, run(layer, images[image])))
        for height, width in ((0.4, None), (-0.35, None), (0.3, -0.2)):
            layer = layers.RandomZoom(fixed(height), None if width is None else fixed(width), **extra)
            spoken = {"name": "zoom", "amount": fixed(height), **said}
            if width is not None:
                spoken["width"] = fixed(width)
            cases.append(case(f"zoom {height} {width} {fill}", spoken, image, run(layer, images[image])))
    for amount in (0.3, -0.5):
        layer = layers.RandomBrightness(fixed(amount), value_range=(0, 255))
        cases.append(case(f"brightness {amount}", {"name": "brightness", "amount": fixed(amount)}, image, run(layer, images[image])))
    for amount in (0.6, -0.4):
        layer = layers.RandomContrast(0.5, value_range=(0, 255))
        result = transformed(layer, images[image], {"contrast_factor": np.full((1, 1, 1, 1), 1 + amount, "float32")})
        cases.append(case(f"contrast {amount}", {"name": "contrast", "amount": fixed(amount)}, image, result))
colour = images["colour"]
for factor in (0.4, 1.7, 0.0):
    layer = layers.RandomSaturation(0.5, value_range=(0, 1))
    result = transformed(layer, colour / 255, {"factor": np.array([factor], "float32")})
    cases.append(case(f"saturation {factor}", {"name": "saturation", "amount": fixed(factor - 1)}, "colour", np.asarray(result) * 255))
for turn in (0.1, -0.35):
    layer = layers.RandomHue(0.5, value_range=(0, 255))
    result = transformed(layer, colour, {"factor": np.array([turn], "float32")})
    cases.append(case(f"hue {turn}", {"name": "hue", "amount": fixed(turn)}, "colour", result))

path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"generator": f"Keras {keras.__version__}, {keras.backend.backend()}", "cases": cases}, separators=(",", ":")) + "\n")
print(len(cases))
