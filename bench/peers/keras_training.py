"""Trains the bench's network with Keras on TensorFlow; see bench/training.mjs for what it is asked and answers."""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import tensorflow as tf

threads = int(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(threads)
tf.config.threading.set_inter_op_parallelism_threads(threads)

import keras
from keras import layers


def make_model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def make_fit(images, labels, batch, jit):
    """`model.fit` as most people write it; its own data handling is part of it."""
    model = make_model()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], jit_compile=jit)

    def run(steps):
        count = min(steps * batch, len(images) // batch * batch)
        done = 0
        while done < steps:
            part = min(count, (steps - done) * batch)
            model.fit(images[:part], labels[:part], batch_size=batch, epochs=1, shuffle=False, verbose=0)
            done += part // batch

    return run


def make_loop(images, labels, batch, jit):
    """A compiled step on batches that are tensors already: the least that Keras can do for a step."""
    model = make_model()
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy()
    correct = keras.metrics.SparseCategoricalAccuracy()

    @tf.function(jit_compile=jit)
    def step(x, y):
        with tf.GradientTape() as tape:
            predicted = model(x, training=True)
            loss = loss_of(y, predicted)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        correct.update_state(y, predicted)
        return loss

    starts = range(0, len(images) - batch + 1, batch)
    batches = [(tf.constant(images[at : at + batch]), tf.constant(labels[at : at + batch])) for at in starts]

    def run(steps):
        for index in range(steps):
            loss = step(*batches[index % len(batches)])
        loss.numpy()

    return run


variants = {
    "fit": lambda *data: make_fit(*data, False),
    "loop": lambda *data: make_loop(*data, False),
    "loop-xla": lambda *data: make_loop(*data, True),
}


def main():
    random = np.random.default_rng(0)
    images = random.random((8192, 28, 28, 1), np.float32)
    labels = random.integers(0, 10, 8192).astype(np.int32)
    runs = {}
    print(json.dumps({"ready": f"Keras {keras.__version__}, TensorFlow {tf.__version__}"}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        key = (asked["variant"], asked["batch"])
        if key not in runs:
            runs[key] = variants[asked["variant"]](images, labels, asked["batch"])
        started = time.perf_counter()
        runs[key](asked["steps"])
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peakMegabytes": peak}), flush=True)


main()
