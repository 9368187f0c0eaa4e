"""Writes model-numbers.json: weights, multiply-accumulates and output of the models of Keras Applications and of torchvision, for
other classes, input sizes, widths, ends and poolings than their own.

Run with a Python that has both: python tests/stdlib/cases/model_numbers.py
"""

import json
import math
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import torch
import torchvision_models
from torchvision import models
from keras import applications, layers
from keras.src.applications import efficientnet, resnet

rows = []


def add(source, model, settings, input_shape, pooling, numbers):
    row = {"source": source, "model": model, "set": settings, "input": "x".join(map(str, input_shape))}
    if pooling is not None:
        row["pooling"] = pooling
    rows.append({**row, **numbers})
    print(source, model, settings, input_shape, flush=True)


# --- Keras ------------------------------------------------------------------------------------------------------------


def keras_products(layer):
    """Multiply-accumulates of convolutions and dense layers, for one example."""
    if isinstance(layer, layers.SeparableConv2D):
        cells = math.prod(layer.output.shape[1:3])
        return cells * (math.prod(layer.depthwise_kernel.shape) + math.prod(layer.pointwise_kernel.shape))
    if isinstance(layer, (layers.Conv2D, layers.DepthwiseConv2D, layers.Dense)):
        return math.prod(layer.output.shape[1:-1]) * math.prod(layer.kernel.shape)
    return 0


def leaves(model):
    """Layers, those of models within the model among them."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from leaves(layer)
        else:
            yield layer


def keras_row(name, constructor, settings="", input_shape=None, **arguments):
    """`settings` says in the language what `arguments` says to Keras."""
    keras.backend.clear_session()
    model = constructor(weights=None, **({} if input_shape is None else {"input_shape": input_shape}), **arguments)
    count = lambda weights: sum(math.prod(weight.shape) for weight in weights)
    numbers = {
        "total": count(model.weights),
        "trainable": count(model.trainable_weights),
        "macs": sum(map(keras_products, leaves(model))),
        "output": "x".join(map(str, model.output.shape[1:])),
    }
    add("keras", name, settings, model.input.shape[1:], arguments.get("pooling"), numbers)


def every_keras_row():
    plain = {
        "vgg16": applications.VGG16,
        "vgg19": applications.VGG19,
        "resnet50": applications.ResNet50,
        "resnet101": applications.ResNet101,
        "resnet152": applications.ResNet152,
        "resnet50_v2": applications.ResNet50V2,
        "resnet101_v2": applications.ResNet101V2,
        "resnet152_v2": applications.ResNet152V2,
        "inception_v3": applications.InceptionV3,
        "inception_resnet_v2": applications.InceptionResNetV2,
        "xception": applications.Xception,
        "densenet121": applications.DenseNet121,
        "densenet169": applications.DenseNet169,
        "densenet201": applications.DenseNet201,
        **{f"efficientnet_b{k}": getattr(applications, f"EfficientNetB{k}") for k in range(8)},
        **{f"efficientnet_v2_{k}": getattr(applications, f"EfficientNetV2{k.upper()}") for k in "sml"},
        **{f"convnext_{k.lower()}": getattr(applications, f"ConvNeXt{k}") for k in ("Tiny", "Small", "Base", "Large", "XLarge")},
    }
    for name, constructor in plain.items():
        keras_row(name, constructor)
        keras_row(name, constructor, "classes=37", classes=37)
        keras_row(name, constructor, "top=no", (129, 193, 3), include_top=False)
        keras_row(name, constructor, "top=no", (160, 128, 3), include_top=False, pooling="max")
        keras_row(name, constructor, "classes=10", (192, 160, 3), classes=10)

    for alpha in (0.25, 0.5, 0.75, 1.0, 1.3):
        for size in (96, 128, 160, 192, 224):
            settings = f"alpha={alpha} resolution={size}"
            keras_row("mobilenet", applications.MobileNet, settings, (size, size, 3), alpha=alpha)
    keras_row("mobilenet", applications.MobileNet, "alpha=0.4 classes=7", (97, 131, 3), alpha=0.4, classes=7)
    keras_row("mobilenet", applications.MobileNet, "top=no", (97, 131, 3), include_top=False, pooling="avg")
    for alpha in (0.35, 0.5, 0.75, 1.0, 1.3, 1.4):
        for size in (96, 128, 160, 192, 224):
            settings = f"alpha={alpha} resolution={size}"
            keras_row("mobilenet_v2", applications.MobileNetV2, settings, (size, size, 3), alpha=alpha)
    keras_row("mobilenet_v2", applications.MobileNetV2, "alpha=0.6 classes=7", (97, 131, 3), alpha=0.6, classes=7)
    keras_row("mobilenet_v2", applications.MobileNetV2, "top=no", (97, 131, 3), include_top=False, pooling="avg")
    for name, constructor in (("large", applications.MobileNetV3Large), ("small", applications.MobileNetV3Small)):
        for alpha in (0.35, 0.5, 0.75, 1.0, 1.25, 1.5):
            keras_row(f"mobilenet_v3_{name}", constructor, f"alpha={alpha}", (224, 224, 3), alpha=alpha)
            settings = f"alpha={alpha} variant=minimalistic"
            keras_row(f"mobilenet_v3_{name}", constructor, settings, (224, 224, 3), alpha=alpha, minimalistic=True)
        keras_row(f"mobilenet_v3_{name}", constructor, "classes=7", (97, 131, 3), classes=7)
        keras_row(f"mobilenet_v3_{name}", constructor, "top=no", (97, 131, 3), include_top=False)


    # What nobody has published: other widths and depths, one class and ImageNet's 21,843, odd images.
    for width in (0.25, 0.5, 1.5, 2):
        for name, constructor in (("resnet50", resnet_of_width), ("resnet50_v2", resnet_v2_of_width)):
            keras_row(name, constructor, f"width={width} classes=10", (160, 160, 3), classes=10, width=width)
    for width, depth in ((0.5, 1), (1, 0.6), (1.1, 1.2), (1.33, 2.5), (2.2, 3.6)):
        settings = f"width={width} depth={depth} resolution=200 classes=10"
        keras_row("efficientnet", efficientnet_of, settings, (200, 200, 3), classes=10, width=width, depth=depth)
    keras_row("efficientnet", efficientnet_of, "phi=2", (296, 296, 3), classes=1000, width=1.1**2, depth=1.2**2)
    unusual = {**plain, "mobilenet": applications.MobileNet, "mobilenet_v2": applications.MobileNetV2}
    unusual |= {"mobilenet_v3_large": applications.MobileNetV3Large, "mobilenet_v3_small": applications.MobileNetV3Small}
    for index, (name, constructor) in enumerate(unusual.items()):
        if name in ("vgg16", "vgg19", "convnext_xlarge", "efficientnet_b6", "efficientnet_b7"):
            continue
        size = (96, 331, 101, 150, 255)[index % 5]
        keras_row(name, constructor, "classes=1", (size, size, 3), classes=1)
        keras_row(name, constructor, "classes=21843", (331, 97, 3), classes=21843)
    for alpha in (0.35, 0.1, 2):
        keras_row("mobilenet", applications.MobileNet, f"width={alpha}", (224, 224, 3), alpha=alpha)
        keras_row("mobilenet_v2", applications.MobileNetV2, f"width={alpha}", (224, 224, 3), alpha=alpha)


def resnet_of_width(width, **arguments):
    def stages(x):
        for index, (filters, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
            x = resnet.stack_residual_blocks_v1(x, int(filters * width), count, stride1=min(index, 1) + 1, name=f"conv{index + 2}")
        return x

    return resnet.ResNet(stages, False, True, **arguments)


def resnet_v2_of_width(width, **arguments):
    def stages(x):
        for index, (filters, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3))):
            x = resnet.stack_residual_blocks_v2(x, int(filters * width), count, stride1=1 if index == 3 else 2, name=f"conv{index + 2}")
        return x

    return resnet.ResNet(stages, True, True, **arguments)


def efficientnet_of(width, depth, **arguments):
    return efficientnet.EfficientNet(width, depth, 224, **arguments)


# --- torchvision ------------------------------------------------------------------------------------------------------


def torch_products(model, size):
    """Multiply-accumulates of convolutions and linear layers for one image, those of an attention's projections among them."""
    total = 0

    def hook(module, inputs, output):
        nonlocal total
        if isinstance(module, torch.nn.MultiheadAttention):
            total += 4 * module.embed_dim**2 * inputs[0].shape[1]
        elif isinstance(module, torch.nn.Linear):
            total += output.numel() * module.in_features
        else:
            total += output.numel() * module.weight[0].numel()

    kinds = (torch.nn.Conv2d, torch.nn.Linear, torch.nn.MultiheadAttention)
    for module in model.modules():
        if isinstance(module, kinds):
            module.register_forward_hook(hook)
    with torch.no_grad():
        output = model(torch.empty(1, 3, *size, device="meta"))
    return total, output


def torch_row(name, model, settings, size, make=None, **arguments):
    try:
        with torch.device("meta"):
            network = torchvision_models.build(name, **arguments) if make is None else make().eval()
    except NotImplementedError:  # RegNet computes its widths with tensors
        network = torchvision_models.build(name, **arguments).to("meta")
    products, output = torch_products(network, size)
    trainable = sum(weight.numel() for weight in network.parameters())
    statistics = sum(value.numel() for key, value in network.named_buffers() if "running" in key)
    numbers = {"total": trainable + statistics, "trainable": trainable, "macs": products, "output": str(output.shape[1])}
    add("torchvision", model, settings, (*size, 3), None, numbers)


sizes = {"inception_v3": 299}
sizes |= {f"efficientnet_b{k}": size for k, size in enumerate((224, 240, 260, 300, 380, 456, 528, 600))}
sizes |= {"efficientnet_v2_s": 384, "efficientnet_v2_m": 480, "efficientnet_v2_l": 480}
# These have one layout alone, torchvision's.
own_layout = ("resnet18", "resnet34", "wide_", "resnext", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "squeezenet")
own_layout += ("shufflenet", "mnasnet", "regnet", "convnext", "vit")


def every_torchvision_row():
    names = """alexnet vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn googlenet inception_v3 resnet18 resnet34 resnet50
        resnet101 resnet152 wide_resnet50_2 wide_resnet101_2 resnext50_32x4d resnext101_32x8d resnext101_64x4d densenet121
        densenet161 densenet169 densenet201 squeezenet1_0 squeezenet1_1 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small
        shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0 mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3
        efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6
        efficientnet_b7 efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l regnet_x_400mf regnet_x_800mf regnet_x_1_6gf
        regnet_x_3_2gf regnet_x_8gf regnet_x_16gf regnet_x_32gf regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf
        regnet_y_8gf regnet_y_16gf regnet_y_32gf regnet_y_128gf convnext_tiny convnext_small convnext_base convnext_large vit_b_16
        vit_b_32 vit_l_16 vit_l_32""".split()
    for name in names:
        variant = "" if name.startswith(own_layout) else "variant=torchvision "
        size = sizes.get(name, 224)
        torch_row(name, name, variant.strip(), (size, size))
        torch_row(name, name, f"{variant}classes=37", (size, size), num_classes=37)
        if not name.startswith(("vgg", "alexnet", "vit")):  # these pool to a fixed size where the image has another
            torch_row(name, name, f"{variant}classes=10", (size - 63, size - 31), num_classes=10)
    for alpha in (0.35, 0.9, 2):
        torch_row("mnasnet1_0", "mnasnet", f"width={alpha} classes=10", (160, 160), make=lambda: models.MNASNet(alpha, num_classes=10))
    for name, counts in (("resnet18", (2, 2, 2, 2)), ("resnet34", (3, 4, 6, 3))):
        for width in (0.25, 0.5, 1.5, 2):
            torch_row(name, name, f"width={width} classes=10", (160, 160), make=lambda: scaled_resnet(counts, width))
    for alpha in (0.5, 0.75, 1.4):
        for name in ("mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small"):
            torch_row(name, name, f"variant=torchvision alpha={alpha}", (224, 224), width_mult=alpha)


def scaled_resnet(counts, width):
    class Scaled(models.ResNet):
        def _make_layer(self, block, planes, *arguments, **more):
            return super()._make_layer(block, int(planes * width), *arguments, **more)

    network = Scaled(models.resnet.BasicBlock, counts)
    network.fc = torch.nn.Linear(int(512 * width), 10)
    return network


every_torchvision_row()
every_keras_row()
header = {"keras": keras.__version__, "torchvision": torchvision_models.version}
lines = ",\n".join(json.dumps(row) for row in rows)
text = f'{{"versions": {json.dumps(header)},\n"rows": [\n{lines}\n]}}\n'
pathlib.Path(__file__).with_name("model-numbers.json").write_text(text)
