"""The bench's networks in PyTorch, with Keras' initialisers and the constants of its batch norm."""

import torch
import torch.nn.functional as F
from torch import nn


def norm(channels, dims=2):
    return {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}[dims](channels, eps=1e-3, momentum=0.01)


def fashion():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 64, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(576, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(16, 120, 5),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def vgg():
    parts, channels = [], 3
    for filters in (32, 64, 128):
        for _ in range(2):
            parts += [nn.Conv2d(channels, filters, 3, padding=1), nn.ReLU(inplace=True)]
            channels = filters
        parts.append(nn.MaxPool2d(2))
    return nn.Sequential(*parts, nn.Flatten(), nn.Linear(2048, 128), nn.ReLU(), nn.Linear(128, 10))


class Residual(nn.Module):
    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.norm1 = norm(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.norm2 = norm(filters)
        self.shortcut = None
        if stride != 1 or channels != filters:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, filters, 1, stride, bias=False), norm(filters))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        return F.relu(y + (x if self.shortcut is None else self.shortcut(x)), inplace=True)


def resnet20():
    parts, channels = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), norm(16), nn.ReLU(inplace=True)], 16
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        for block in range(3):
            parts.append(Residual(channels, filters, stride if block == 0 else 1))
            channels = filters
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def mobilenet():
    def activated(channels):
        return [norm(channels), nn.ReLU6(inplace=True)]

    # Keras pads an image of even size after its end alone where the stride is 2.
    parts = [nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 8, 3, 2, bias=False), *activated(8)]
    channels = 8
    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for filters, stride in widths:
        if stride == 2:
            parts.append(nn.ZeroPad2d((0, 1, 0, 1)))
        parts.append(nn.Conv2d(channels, channels, 3, stride, 2 - stride, groups=channels, bias=False))
        parts += activated(channels)
        parts += [nn.Conv2d(channels, filters // 4, 1, bias=False), *activated(filters // 4)]
        channels = filters // 4
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.001), nn.Linear(256, 10))


class UNet(nn.Module):
    def __init__(self):
        super().__init__()

        def two_convs(channels, filters):
            return nn.Sequential(
                nn.Conv2d(channels, filters, 3, padding=1, bias=False),
                norm(filters),
                nn.ReLU(inplace=True),
                nn.Conv2d(filters, filters, 3, padding=1, bias=False),
                norm(filters),
                nn.ReLU(inplace=True),
            )

        widths = (8, 16, 32, 64)
        self.down = nn.ModuleList([two_convs(c, f) for c, f in zip((3, *widths), widths)])
        self.middle = two_convs(64, 128)
        self.grow = nn.ModuleList([nn.ConvTranspose2d(2 * f, f, 2, 2) for f in reversed(widths)])
        self.up = nn.ModuleList([two_convs(2 * f, f) for f in reversed(widths)])
        self.last = nn.Conv2d(8, 2, 1)

    def forward(self, x):
        passed = []
        for down in self.down:
            x = down(x)
            passed.append(x)
            x = F.max_pool2d(x, 2)
        x = self.middle(x)
        for grow, up in zip(self.grow, self.up):
            x = up(torch.cat([grow(x), passed.pop()], 1))
        return self.last(x)


def unet():
    return UNet()


def fcn():
    parts, channels = [], 1
    for _ in range(3):
        parts += [nn.Conv1d(channels, 64, 3, padding=1), norm(64, 1), nn.ReLU(inplace=True)]
        channels = 64
    return nn.Sequential(*parts, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(64, 2))


def make_model(name):
    torch.manual_seed(0)
    model = globals()[name]()
    for module in model.modules():
        if isinstance(module, (nn.Conv1d, nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return model


def count_parameters(model):
    """Weights and running statistics, as Keras counts them."""
    statistics = [b for name, b in model.named_buffers() if not name.endswith("num_batches_tracked")]
    return sum(p.numel() for p in [*model.parameters(), *statistics])
