"""Writes jpeg.json: small JPEG files and the pixels that libjpeg, through Pillow, makes of them.

Run it with a Python that has Pillow and NumPy: python tests/data/cases/jpeg.py
"""

import base64
import io
import json
import pathlib

import numpy as np
from PIL import Image, features

y, x = np.mgrid[0:22, 0:30]
colour = np.stack([128 + 100 * np.sin(x / 3 + y / 5), 128 + 90 * np.cos(y / 4), 255 * (x > 14)], -1).astype("uint8")
pictures = {
    "baseline, half the colours": (colour, {"quality": 85, "subsampling": 2}),
    "baseline, all colours": (colour, {"quality": 95, "subsampling": 0}),
    "progressive": (colour, {"quality": 80, "progressive": True}),
    "grey": (colour[..., 0], {"quality": 90}),
    "with restarts": (colour, {"quality": 85, "restart_marker_blocks": 1}),
}
cases = []
for name, (pixels, options) in pictures.items():
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    decoded = np.asarray(Image.open(io.BytesIO(file.getvalue())))
    cases.append(
        {
            "name": name,
            "shape": [*decoded.shape, 1][:3],
            "file": base64.b64encode(file.getvalue()).decode(),
            "pixels": base64.b64encode(decoded.tobytes()).decode(),
        }
    )
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps({"generator": f"Pillow with {features.version('jpg')}", "cases": cases}, indent=0) + "\n")
