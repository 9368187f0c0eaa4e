"""torchvision's models, also where its compiled operators do not fit the PyTorch at hand: no classifier needs them."""

import torch

try:
    import torchvision
except RuntimeError:
    _library = torch.library.Library("torchvision", "DEF")
    for _name in ("nms", "qnms"):
        _library.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    import torchvision

from torchvision import models  # noqa: E402

version = torchvision.__version__.split("+")[0]


def build(name, **arguments):
    """A model by its name, with random weights, ready for inference."""
    if name in ("googlenet", "inception_v3"):
        arguments = {"aux_logits": False, "init_weights": False, **arguments}
    return models.get_model(name, weights=None, **arguments).eval()
