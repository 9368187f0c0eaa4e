"""Writes sequences.json: random scores, the sequences that TensorFlow's greedy CTC decoder reads in them, and its edit distances."""
import json, pathlib
import numpy as np
import tensorflow as tf

random = np.random.default_rng(7)
cases = []
for _ in range(40):
    places, classes, length = int(random.integers(1, 13)), int(random.integers(2, 7)), int(random.integers(0, 6))
    # Few distinct scores make repetitions and blanks likely; a little noise keeps them from being equal.
    scores = np.round(random.integers(0, 3, (places, classes)) + random.random((places, classes)) * 0.9, 3).astype("float32")
    truth = random.integers(1, classes, length).tolist()
    (decoded,), _ = tf.nn.ctc_greedy_decoder(scores[:, None], [places], merge_repeated=True, blank_index=0)
    read = decoded.values.numpy().tolist()
    sparse = lambda values: tf.sparse.from_dense(tf.constant([values], tf.int64)) if values else tf.SparseTensor(np.zeros((0, 2), "int64"), np.zeros(0, "int64"), [1, 0])
    if read and truth:
        edits = int(tf.edit_distance(sparse(read), sparse(truth), normalize=False).numpy()[0])
    else:
        edits = max(len(read), len(truth))
    cases.append({"places": places, "classes": classes, "scores": scores.ravel().tolist(), "truth": truth, "read": read, "edits": edits})
(pathlib.Path(__file__).parent / "sequences.json").write_text(json.dumps(cases) + "\n")
