"""Writes tensorboard.json: the bytes of an event file as TensorFlow's own writer makes them."""
import base64, json, pathlib, tempfile
import tensorflow as tf
from tensorflow.core.util import event_pb2

start = 1700000000.25
events = [
    {"wallTime": start + 1.5, "step": 1, "scalars": {"loss": 0.5, "accuracy": 0.75}},
    {"wallTime": start + 3.0, "step": 300, "scalars": {"loss": 0.1, "learning rate": 1e-4}},
    {"wallTime": start + 4.5, "step": 2**40, "scalars": {"größe": -1.0}},
]
path = tempfile.mktemp()
with tf.io.TFRecordWriter(path) as writer:
    writer.write(event_pb2.Event(wall_time=start, file_version="brain.Event:2").SerializeToString())
    for event in events:
        message = event_pb2.Event(wall_time=event["wallTime"], step=event["step"])
        for tag, value in event["scalars"].items():
            message.summary.value.add(tag=tag, simple_value=value)
        writer.write(message.SerializeToString())
case = {"start": start, "events": events, "bytes": base64.b64encode(pathlib.Path(path).read_bytes()).decode()}
(pathlib.Path(__file__).parent / "tensorboard.json").write_text(json.dumps(case, indent=2, ensure_ascii=False) + "\n")
