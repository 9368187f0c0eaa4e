"""Writes export-nodes.json: how many nodes PyTorch's exports of torchvision's models have, the smaller of its two exporters, and
how many of them are transposes.

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
sizes = {"inception_v3": 96, "alexnet": 224, "vit_b_16": 224, **{f"vgg{name}": 224 for name in ("11", "16", "11_bn", "16_bn")}}
names = """alexnet vgg11 vgg16 vgg11_bn vgg16_bn googlenet inception_v3 resnet18 resnet34 resnet50 resnet101 resnet152 wide_resnet50_2
    resnext50_32x4d densenet121 densenet161 densenet169 densenet201 squeezenet1_0 squeezenet1_1 mobilenet_v2 mobilenet_v3_large
    mobilenet_v3_small shufflenet_v2_x0_5 shufflenet_v2_x1_0 mnasnet0_5 mnasnet1_0 efficientnet_b0 efficientnet_b1 efficientnet_b4
    efficientnet_v2_s regnet_x_400mf regnet_y_400mf regnet_y_1_6gf convnext_tiny convnext_small vit_b_16""".split()
# The newer exporter takes a minute for the deepest; one of each family shows what it makes of its layers.
with_newer = """alexnet vgg11_bn googlenet resnet18 resnet50 densenet121 squeezenet1_1 mobilenet_v2 mobilenet_v3_small shufflenet_v2_x0_5
    mnasnet0_5 efficientnet_b0 regnet_y_400mf convnext_tiny vit_b_16 inception_v3""".split()


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
    size = sizes.get(name, 64)
    image = torch.zeros(1, 3, size, size)
    results = []
    for export in (older, newer) if name in with_newer else (older,):
        try:
            results.append(export(module, image))
        except Exception as error:
            print(name, export.__name__, "fails:", str(error)[:100], flush=True)
    rows[name] = {"size": size, **min(results, key=lambda result: result["nodes"])}
    print(name, results, flush=True)

versions = {"torch": torch.__version__.split("+")[0], "torchvision": torchvision_models.version}
lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items())
text = f'{{"versions": {json.dumps(versions)},\n"models": {{\n{lines}\n}}}}\n'
pathlib.Path(__file__).with_name("export-nodes.json").write_text(text)
