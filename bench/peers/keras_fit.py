"""What `cnn train examples/fashion_mnist.cnn` does, with Keras: arguments are the seed, the epochs and where to write the test accuracy."""

import gzip
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import keras
from keras_networks import make_model

seed, epochs, result = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
folder = os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist")


def read(name, header):
    path = os.path.join(folder, name)
    with (gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb")) as file:
        return np.frombuffer(file.read(), np.uint8, offset=header)


def load(part):
    images = read(f"{part}-images-idx3-ubyte", 16).reshape(-1, 28, 28, 1).astype(np.float32) / 255
    return images, read(f"{part}-labels-idx1-ubyte", 8).astype(np.int32)


train, test = load("train"), load("t10k")
model = make_model("fashion", (28, 28, 1), seed)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model.compile("adam", loss, metrics=["accuracy"])
model.fit(*train, batch_size=32, epochs=epochs, verbose=0)
model.save_weights(result + ".weights.h5")
saved = time.perf_counter()
accuracy = model.evaluate(*test, verbose=0)[1]
json.dump({"accuracy": round(accuracy, 4), "afterwards": time.perf_counter() - saved}, open(result, "w"))
