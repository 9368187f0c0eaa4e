"""Prints the median milliseconds that Keras takes, warm, to build a model of its Applications and to summarise it."""

import os
import statistics
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras

constructor = getattr(keras.applications, sys.argv[1])
times = []
for turn in range(3):
    keras.backend.clear_session()
    started = time.perf_counter()
    constructor(weights=None).summary(print_fn=lambda line: None)
    if turn > 0:
        times.append(1000 * (time.perf_counter() - started))
print(statistics.median(times))
