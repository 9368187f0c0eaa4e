"""Writes published-weights.json.gz: what the weights of the models of Keras Applications and of torchvision are called, their
shapes, and what each model makes of one image when its weights are numbers that follow from their names (`values`).

Run with a Python that has both: python tests/stdlib/cases/published_weights.py
With a folder as argument it also writes each model's weights there as a file: what tests/stdlib/weights.test.ts reads in full. A
regular expression behind it chooses some of the cases by their titles, `keras efficientnet_b0 variant=imagenet`.
"""

import gzip
import json
import math
import os
import pathlib
import re
import sys
import tempfile
import unittest.mock
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import torch
import torchvision_models
from keras import applications
from keras.src.applications import efficientnet

CLASSES = 10


def noise(name, count):
    """Numbers from -1 to 1, from the name's CRC-32 and their place by an integer hash (Mulvey's lowbias32)."""
    h = np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1) + np.uint32(zlib.crc32(name.encode()))
    h ^= h >> np.uint32(16)
    h *= np.uint32(0x7FEB352D)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x846CA68B)
    h ^= h >> np.uint32(16)
    return (h.astype(np.float64) / 2**32 * 2 - 1).astype(np.float32)


def values(name, shape, role):
    """Kernels of variance 2/fan-in, what scales around 0.7, variances around 1, everything else small."""
    raw = noise(name, math.prod(shape)).reshape(shape)
    if role == "scale":
        return 0.7 + 0.2 * raw
    if role == "variance":
        return 1 + 0.3 * raw
    if role == "offset":
        return 0.1 * raw
    return raw * np.float32(math.sqrt(6 / role))


def image(shape, scale):
    return (noise("image", math.prod(shape)).reshape(shape) + 1) / 2 * np.float32(scale)


cases = []
folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else None
chosen = re.compile(sys.argv[2] if len(sys.argv) > 2 else "")


def add(library, model, settings, size, scale, weights, output, file):
    """The weights' entries: name, role, shape; the output is before the softmax."""
    centred = np.asarray(output, np.float64).ravel()
    cases.append(
        {
            "library": library, "model": model, "set": settings, "size": size, "scale": scale,
            "weights": weights, "logits": [float(f"{value:.9g}") for value in centred - centred.mean()],
            **({} if file is None else {"file": file}),
        }
    )  # fmt: skip
    print(library, model, settings, len(weights), np.ptp(centred), flush=True)


# --- torchvision ------------------------------------------------------------------------------------------------------


def torch_case(name, settings, size=64, **arguments):
    if chosen.search(f"torchvision {name} {settings}") is None:
        return
    module = torchvision_models.build(name, num_classes=CLASSES, **arguments)
    entries = []
    for key, value in module.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        shape = list(value.shape)
        if key.endswith("running_var"):
            role = "variance"
        elif key.endswith(".weight") and len(shape) == 1 or key.endswith("layer_scale"):
            role = "scale"
        elif len(shape) < 2 or key in ("class_token", "encoder.pos_embedding"):
            role = "offset"
        else:
            role = math.prod(shape[1:])
        entries.append([key, role, shape])
        value.copy_(torch.from_numpy(values(key, shape, role)))
    x = torch.from_numpy(image((1, size, size, 3), 1).transpose(0, 3, 1, 2).copy())
    with torch.no_grad():
        output = module(x)
    file = None
    if folder is not None:
        from safetensors.torch import save_file

        file = f"{name}.safetensors"
        save_file(module.state_dict(), folder / file)
    add("torchvision", name, settings, size, 1, entries, output, file)


def every_torch_case():
    plain = "resnet18 resnet34 wide_resnet50_2 resnext50_32x4d squeezenet1_0 squeezenet1_1 shufflenet_v2_x0_5 shufflenet_v2_x1_0 "
    plain += "mnasnet0_5 mnasnet1_0 regnet_x_400mf regnet_y_400mf regnet_y_1_6gf convnext_tiny convnext_small"
    varied = "resnet50 resnet101 resnet152 googlenet densenet121 densenet161 densenet169 densenet201 mobilenet_v2 mobilenet_v3_large "
    varied += "mobilenet_v3_small efficientnet_b0 efficientnet_b1 efficientnet_b5 efficientnet_v2_s efficientnet_v2_m"
    for name in plain.split():
        torch_case(name, f"classes={CLASSES}")
    for name in varied.split():
        torch_case(name, f"classes={CLASSES} variant=torchvision")
    torch_case("inception_v3", f"classes={CLASSES} variant=torchvision", 96)
    for name in ("alexnet", "vgg11", "vgg13", "vgg16", "vgg19"):
        torch_case(name, f"classes={CLASSES} variant=torchvision", 224)
    for name in ("vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "vit_b_16"):
        torch_case(name, f"classes={CLASSES}", 224)


# --- Keras ------------------------------------------------------------------------------------------------------------


def keras_role(layer, weight):
    name, shape = weight.name, weight.shape
    if name == "moving_variance" or name == "variance":
        return "variance"
    if name == "gamma" or type(layer).__name__ == "LayerScale":
        return "scale"
    if len(shape) < 2:
        return "offset"
    if name == "depthwise_kernel" or isinstance(layer, keras.layers.DepthwiseConv2D):
        return math.prod(shape[:2])
    return math.prod(shape[:-1])


def leaves(model):
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        else:
            yield layer


def keras_case(name, constructor, settings="", size=64, scale=1, suffix=".weights.h5", **arguments):
    """Names go on from one model to the next, as in any program that builds several."""
    if chosen.search(f"keras {name} {settings}") is None:
        return
    arguments = {"weights": None, "input_shape": (size, size, 3), "classes": CLASSES, **arguments}
    model = constructor(classifier_activation=None, **arguments)
    entries = []
    for layer in leaves(model):
        for place, weight in enumerate(layer.weights):
            key, shape = f"{layer.name}/{place}", list(weight.shape)
            role = keras_role(layer, weight)
            entries.append([key, role, shape])
            weight.assign(values(key, shape, role))
    output = model(image((1, size, size, 3), scale), training=False)
    file = None
    if folder is not None:
        file = f"{name}-{len(cases)}{suffix}"
        (model.save_weights if suffix == ".weights.h5" else model.save)(folder / file)
    add("keras", name, f"classes={arguments['classes']} {settings}".strip(), size, scale, entries, output, file)


def published(constructor):
    """A model as from `weights="imagenet"`, whose layout is another, with weights of our own in place of the download."""

    def build(**arguments):
        with tempfile.TemporaryDirectory() as download:
            path = f"{download}/imagenet.weights.h5"
            constructor(**{**arguments, "weights": None}).save_weights(path)
            with unittest.mock.patch.object(efficientnet.file_utils, "get_file", lambda *_, **__: path):
                return constructor(**{**arguments, "weights": "imagenet"})

    return build


def every_keras_case():
    keras_case("vgg16", applications.VGG16, size=32)
    keras_case("vgg19", applications.VGG19, size=32, suffix=".h5")
    keras_case("resnet50", applications.ResNet50)
    keras_case("resnet101", applications.ResNet101, suffix=".keras")
    keras_case("resnet152", applications.ResNet152, suffix=".h5")
    keras_case("resnet50_v2", applications.ResNet50V2)
    keras_case("resnet101_v2", applications.ResNet101V2, suffix=".h5")
    keras_case("resnet152_v2", applications.ResNet152V2, suffix=".keras")
    keras_case("inception_v3", applications.InceptionV3, size=96)
    keras_case("inception_resnet_v2", applications.InceptionResNetV2, size=96, suffix=".keras")
    keras_case("xception", applications.Xception, size=96, suffix=".h5")
    keras_case("densenet121", applications.DenseNet121, suffix=".keras")
    keras_case("densenet169", applications.DenseNet169)
    keras_case("densenet201", applications.DenseNet201, suffix=".h5")
    keras_case("mobilenet", applications.MobileNet, "alpha=0.25", alpha=0.25, suffix=".keras")
    keras_case("mobilenet_v2", applications.MobileNetV2, "alpha=0.35", alpha=0.35)
    keras_case("mobilenet_v3_small", applications.MobileNetV3Small, scale=255, suffix=".h5")
    keras_case("mobilenet_v3_large", applications.MobileNetV3Large, scale=255, suffix=".keras")
    keras_case("mobilenet_v3_large", applications.MobileNetV3Large, "variant=minimalistic", scale=255, minimalistic=True)
    keras_case("efficientnet_b0", applications.EfficientNetB0, scale=255, suffix=".keras")
    keras_case("efficientnet_b1", applications.EfficientNetB1, scale=255)
    as_published = {"settings": "variant=imagenet", "classes": 1000, "scale": 255}
    keras_case("efficientnet_b0", published(applications.EfficientNetB0), size=224, suffix=".h5", **as_published)
    keras_case("efficientnet_b2", published(applications.EfficientNetB2), size=260, **as_published)
    keras_case("mobilenet", applications.MobileNet, "alpha=1", suffix=".h5", alpha=1)
    keras_case("mobilenet_v2", applications.MobileNetV2, "alpha=1.4", size=96, alpha=1.4, suffix=".keras")
    keras_case("efficientnet_b3", applications.EfficientNetB3, scale=255, suffix=".h5")
    keras_case("efficientnet_v2_s", applications.EfficientNetV2S, scale=255)
    keras_case("efficientnet_v2_m", applications.EfficientNetV2M, scale=255, suffix=".keras")
    keras_case("convnext_tiny", applications.ConvNeXtTiny, include_preprocessing=False)
    keras_case("convnext_small", applications.ConvNeXtSmall, include_preprocessing=False, suffix=".h5")


every_torch_case()
every_keras_case()
header = {"keras": keras.__version__, "torchvision": torchvision_models.version, "torch": torch.__version__.split("+")[0]}
text = json.dumps({"versions": header, "cases": cases}, separators=(",", ":"))
path = pathlib.Path(__file__).with_name("published-weights.json.gz") if folder is None else folder / "cases.json.gz"
path.write_bytes(gzip.compress(text.encode(), mtime=0))
