"""A model of Keras 3 in the form that the converter of TensorFlow.js 4.22 writes: two inputs, a model within the model that is used twice,
two outputs; with Keras' outputs for one example. Usage: keras-3-model.py > keras-3-model.json"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np

left, right = (keras.Input((4, 4, 2), name=name) for name in ("left", "right"))
part = keras.Input((4, 4, 2), name="part")
each = keras.layers.DepthwiseConv2D(2, name="each")(part)
side = keras.Model(part, keras.layers.Conv2D(3, 1, activation="relu", name="mix")(each), name="side")
both = keras.layers.Add(name="both")([side(left), side(right)])
mean = keras.layers.GlobalAveragePooling2D(name="mean")(both)
near = keras.layers.Dense(2, name="near")(mean)
far = keras.layers.Dense(1, activation="sigmoid", name="far")(mean)
model = keras.Model([left, right], [near, far], name="pair")

random = np.random.default_rng(3)
for weight in model.weights:
    weight.assign(random.uniform(-1, 1, weight.shape).round(3))
examples = [random.uniform(-1, 1, (1, 4, 4, 2)).astype("float32").round(3) for _ in range(2)]
outputs = model(examples)


def converted_name(path):
    """The converter puts the model's name before its own layers' weights, not before those of a model within it."""
    return path.removeprefix("side/") if path.startswith("side/") else f"pair/{path}"


print(
    json.dumps(
        {
            "model": {
                "format": "layers-model",
                "generatedBy": f"keras v{keras.__version__}",
                "convertedBy": "TensorFlow.js Converter v4.22.0",
                "modelTopology": {
                    "keras_version": keras.__version__,
                    "backend": "tensorflow",
                    "model_config": json.loads(model.to_json()),
                },
                "weightsManifest": [
                    {
                        "paths": ["group1-shard1of1.bin"],
                        "weights": [
                            {"name": converted_name(weight.path), "shape": list(weight.shape), "dtype": "float32"}
                            for weight in model.weights
                        ],
                    }
                ],
            },
            "weights": [round(float(value), 3) for weight in model.weights for value in np.ravel(weight)],
            "examples": [[round(float(value), 3) for value in np.ravel(example)] for example in examples],
            "outputs": [[float(value) for value in np.ravel(output)] for output in outputs],
        }
    )
)
