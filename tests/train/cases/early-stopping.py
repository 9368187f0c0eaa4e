"""Writes early-stopping.json: at which epoch Keras' EarlyStopping stops, and which epoch's weights it restores."""
import json, pathlib
import keras, numpy as np

def run(values, mode, patience, min_delta):
    class Model:  # what the callback touches of a model
        stop_training = False
        epoch = None
        def get_weights(self): return self.epoch
        def set_weights(self, weights): self.restored = weights
    callback = keras.callbacks.EarlyStopping("val_loss", mode=mode, patience=patience, min_delta=min_delta,
                                             restore_best_weights=True)
    model = Model(); callback.set_model(model); callback.on_train_begin()
    stopped = None
    for epoch, value in enumerate(values):
        model.epoch = epoch + 1
        callback.on_epoch_end(epoch, {"val_loss": value})
        if model.stop_training:
            stopped = epoch + 1
            break
    callback.on_train_end()
    return {"stopped": stopped, "best": getattr(model, "restored", None)}

random = np.random.default_rng(0)
cases = []
for index in range(60):
    values = [round(float(v), 3) for v in random.uniform(0, 1, 12).cumsum() * -0.05 + random.uniform(0, 1, 12)]
    if index % 7 == 0: values[int(random.integers(1, 12))] = None
    rule = {"mode": ["min", "max"][index % 2], "patience": int(random.integers(0, 5)), "min_delta": [0, 0, 0.1][index % 3]}
    clean = [float("nan") if v is None else v for v in values]
    cases.append({"values": values, **rule, **run(clean, **rule)})
here = pathlib.Path(__file__).parent
(here / "early-stopping.json").write_text("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]\n")
