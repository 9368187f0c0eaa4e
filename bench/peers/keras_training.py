"""Trains one of the bench's networks with Keras on TensorFlow; see bench/training.mjs for what it is asked and answers."""

import json
import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import numpy as np
import tensorflow as tf

options = json.loads(sys.argv[1])
tf.config.threading.set_intra_op_parallelism_threads(options["threads"])
tf.config.threading.set_inter_op_parallelism_threads(options["threads"])

import keras
from keras_networks import make_model


def make_fit(data, batch, jit):
    """`model.fit` as most people write it; its own data handling is part of it."""
    images, labels = data
    model = make_model(options["network"], options["shape"])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=jit)

    def run(steps):
        count = min(steps * batch, len(images) // batch * batch)
        done = 0
        while done < steps:
            part = min(count, (steps - done) * batch)
            model.fit(images[:part], labels[:part], batch_size=batch, epochs=1, shuffle=False, verbose=0)
            done += part // batch

    return run


def make_loop(data, batch, jit):
    """A compiled step on batches that are tensors already: the least that Keras can do for a step."""
    images, labels = data
    model = make_model(options["network"], options["shape"])
    optimizer = keras.optimizers.Adam()
    optimizer.build(model.trainable_variables)
    loss_of = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    correct = keras.metrics.SparseCategoricalAccuracy()

    @tf.function(jit_compile=jit)
    def step(x, y):
        with tf.GradientTape() as tape:
            logits = model(x, training=True)
            loss = loss_of(y, logits)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        correct.update_state(y, logits)
        return loss

    starts = range(0, len(images) - batch + 1, batch)
    batches = [(tf.constant(images[at : at + batch]), tf.constant(labels[at : at + batch])) for at in starts]

    def run(steps):
        for index in range(steps):
            loss = step(*batches[index % len(batches)])
        loss.numpy()

    return run


variants = {
    "fit": lambda *given: make_fit(*given, False),
    "loop": lambda *given: make_loop(*given, False),
    "loop-xla": lambda *given: make_loop(*given, True),
}


def main():
    random = np.random.default_rng(0)
    shape, count = options["shape"], options["examples"]
    label_shape = (count, *shape[:-1]) if options["perPixel"] else (count,)
    images = random.random((count, *shape), np.float32)
    labels = random.integers(0, options["classes"], label_shape).astype(np.int32)
    runs = {}
    ready = {
        "ready": f"Keras {keras.__version__}, TensorFlow {tf.__version__}",
        "parameters": make_model(options["network"], shape).count_params(),
    }
    print(json.dumps(ready), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        key = (asked["variant"], asked["batch"])
        if key not in runs:
            runs[key] = variants[asked["variant"]]((images, labels), asked["batch"])
        started, used = time.perf_counter(), time.process_time()
        runs[key](asked["steps"])
        seconds, processor = time.perf_counter() - started, time.process_time() - used
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        answer = {"seconds": seconds, "processorSeconds": processor, "peakMegabytes": peak}
        print(json.dumps(answer), flush=True)


main()
