"""Writes the files of small.cnn's weights as Keras and PyTorch write them, and small.json: an image and what each library makes of
it.

Run with a Python that has both: python tests/weights/cases/small_files.py
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import torch
from keras import layers
from safetensors.torch import save_file

folder = pathlib.Path(__file__).parent
random = np.random.default_rng(4)
image = np.round(random.uniform(-1, 1, (8, 8, 3)), 3).astype(np.float32)

# Another model first, so that the numbers in the names do not begin at 0.
keras.Sequential([keras.Input((4,)), layers.Dense(2)])
model = keras.Sequential(
    [
        keras.Input((8, 8, 3)),
        layers.Conv2D(4, 3, activation="relu", name="first"),
        layers.BatchNormalization(epsilon=1e-5),
        layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),
        layers.SeparableConv2D(6, 3),
        layers.Conv2DTranspose(4, 3, strides=2, name="up"),
        layers.LayerNormalization(epsilon=1e-5),
        layers.MaxPooling2D(3),
        layers.Flatten(),
        layers.Dense(5, activation="tanh", name="hidden"),
        layers.Dense(3),
    ]
)
for weight in model.weights:
    low = 0.5 if weight.name in ("gamma", "moving_variance") else -0.5
    weight.assign(random.uniform(low, low + 1, weight.shape))
model.save_weights(folder / "small.weights.h5")
model.save(folder / "small.h5")
model.save(folder / "small.keras")


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        nn = torch.nn
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4), nn.Conv2d(4, 8, 3, padding=1, groups=4), nn.Conv2d(8, 6, 3, groups=2)
        )
        self.up = nn.ConvTranspose2d(6, 4, 3, stride=2)
        self.norm = nn.LayerNorm(4)
        self.classifier = nn.Sequential(nn.Flatten(), nn.Linear(36, 5), nn.Tanh(), nn.Linear(5, 3))

    def forward(self, x):
        x = self.up(self.features(x))
        x = self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return self.classifier(torch.nn.functional.max_pool2d(x, 3))


torch.manual_seed(4)
module = Small().eval()
with torch.no_grad():
    for value in module.state_dict().values():
        if value.dtype == torch.float32:
            value.copy_(torch.rand_like(value) + (0.5 if value.min() >= 0 and value.ndim == 1 else -0.5))
save_file(module.state_dict(), folder / "small.safetensors")

with torch.no_grad():
    of_torch = module(torch.from_numpy(image.transpose(2, 0, 1)[None].copy()))[0]
numbers = lambda array: [float(f"{value:.9g}") for value in np.asarray(array).ravel()]
text = json.dumps({"image": numbers(image), "keras": numbers(model(image[None], training=False)), "torch": numbers(of_torch)})
(folder / "small.json").write_text(text + "\n")
