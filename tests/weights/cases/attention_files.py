"""Writes attention.cnn's weights in the three forms of Keras, and attention.json: a sequence and what Keras makes of it.

Run with a Python that has Keras: python tests/weights/cases/attention_files.py
"""

import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
from keras import layers

folder = pathlib.Path(__file__).parent
random = np.random.default_rng(7)
sequence = np.round(random.uniform(-1, 1, (5, 4)), 3).astype(np.float32)

# Another layer first, so that the numbers in the names do not begin at 0.
layers.MultiHeadAttention(1, 2)
given = keras.Input((5, 4))
x = layers.MultiHeadAttention(2, 3)(given, given)
x = layers.Flatten()(x)
# A layer with the name of a part of attention.
x = layers.Dense(3, name="query")(x)
model = keras.Model(given, layers.Dense(2)(x))
for weight in model.weights:
    weight.assign(random.uniform(-1, 1, weight.shape))
model.save_weights(folder / "attention.weights.h5")
model.save(folder / "attention.h5")
model.save(folder / "attention.keras")
output = model.predict(sequence[None], verbose=0)[0]
(folder / "attention.json").write_text(
    json.dumps({"sequence": [float(each) for each in sequence.ravel()], "output": [float(each) for each in output]}) + "\n"
)
