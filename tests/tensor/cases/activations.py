"""Prints activations.json: every activation of Keras 3 at ten numbers, in float64. Usage: python activations.py > activations.json"""

import json
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras  # noqa: E402
import numpy  # noqa: E402
from keras_cases import sparsemax  # noqa: E402

keras.config.set_floatx("float64")
# Not activations, of two parameters, of another output shape, or by another definition in Keras.
LEFT_OUT = {"get", "serialize", "deserialize", "glu", "threshold", "sparsemax"}
x = [-30, -3, -1, -0.5, -0.3, 0, 0.2, 0.7, 2, 30]

rows = {"x": [float(number) for number in x]}
for name in sorted(name for name in dir(keras.activations) if name[0] != "_" and name not in LEFT_OUT):
    result = getattr(keras.activations, name)(keras.ops.convert_to_tensor([x], "float64"))
    rows[name] = [float(number) for number in numpy.array(result)[0]]
rows["sparsemax"] = [float(number) for number in sparsemax([x])[0]]
print("{\n" + ",\n".join(f"  {json.dumps(name)}: {json.dumps(row)}" for name, row in rows.items()) + "\n}")
