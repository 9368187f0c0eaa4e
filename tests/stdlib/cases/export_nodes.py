"""Writes export-nodes.json: how many nodes PyTorch's exports of torchvision's models have, those of its older exporter (TorchScript)
and of its newer one (dynamo, the default), and how many of them are transposes.

Run with a Python that has torch, torchvision, onnx and onnxscript: python tests/stdlib/cases/export_nodes.py
"""

import io
import json
import pathlib
import tempfile
import warnings

import onnx
import torch
import torchvision_models

warnings.filterwarnings("ignore")

# Models and sizes of their image; the others' nodes do not depend on it.
sizes = {"inception_v3": 96, "alexnet": 224, "vit_b_16": 224, "vit_b_32": 224, "vit_l_16": 224, "vit_l_32": 224}
names = """alexnet vgg11 vgg13 vgg16 vgg19 vgg11_bn vgg13_bn vgg16_bn vgg19_bn googlenet inception_v3 resnet18 resnet34 resnet50
    resnet101 resnet152 wide_resnet50_2 wide_resnet101_2 resnext50_32x4d resnext101_32x8d resnext101_64x4d densenet121 densenet161
    densenet169 densenet201 squeezenet1_0 squeezenet1_1 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small shufflenet_v2_x0_5
    shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0 mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3 efficientnet_b0
    efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7
    efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l regnet_x_400mf regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf
    regnet_x_8gf regnet_x_16gf regnet_x_32gf regnet_y_400mf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf regnet_y_8gf
    regnet_y_16gf regnet_y_32gf convnext_tiny convnext_small convnext_base convnext_large vit_b_16 vit_b_32 vit_l_16 vit_l_32""".split()


def counts(model):
    operators = [node.op_type for node in model.graph.node]
    return {"nodes": len(operators), "transposes": operators.count("Transpose")}


def older(module, image):
    file = io.BytesIO()
    torch.onnx.export(module, image, file, dynamo=False, opset_version=17)
    return counts(onnx.load_from_string(file.getvalue()))


def newer(module, image):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/model.onnx"
        torch.onnx.export(module, image, path, dynamo=True, verbose=False)
        return counts(onnx.load(path, load_external_data=False))


rows = {}
for name in names:
    module = torchvision_models.build(name, num_classes=10)
    size = 224 if name.startswith("vgg") else sizes.get(name, 64)
    rows[name] = {"size": size}
    for export in (older, newer):
        try:
            rows[name][export.__name__] = export(module, torch.zeros(1, 3, size, size))
        except Exception as error:
            print(name, export.__name__, "fails:", str(error)[:100], flush=True)
    print(name, rows[name], flush=True)

versions = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision_models.version}
lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
text = f'{{"versions": {json.dumps(versions)},\n"models": {{\n{lines}\n}}}}\n'
pathlib.Path(__file__).with_name("export-nodes.json").write_text(text)
