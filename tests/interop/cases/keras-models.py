"""Writes keras-models.json: small models of real Keras 3 with random weights, what they are called in files, and what they give.

Usage: python keras-models.py [keras-models.json]
"""
import base64
import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
from keras import layers as L

random = np.random.default_rng(7)


def sequence(*layers):
    return keras.Sequential(list(layers))


def plain_image():
    return sequence(
        keras.Input((9, 8, 3)),
        L.Rescaling(1 / 127.5, offset=-1),
        L.ZeroPadding2D(((1, 0), (2, 1))),
        L.Conv2D(4, (3, 2), strides=2, activation="relu", kernel_regularizer=keras.regularizers.L2(0.01)),
        L.BatchNormalization(epsilon=1e-5),
        L.LeakyReLU(negative_slope=0.1),
        L.MaxPooling2D(2, strides=1, padding="same"),
        L.SpatialDropout2D(0.2),
        L.Conv2DTranspose(3, 3, strides=2, padding="same", activation="hard_sigmoid"),
        L.Cropping2D(((1, 0), (0, 2))),
        L.UpSampling2D(2, interpolation="bilinear"),
        L.AveragePooling2D((2, 3)),
        L.Flatten(),
        L.Dense(5, activation="gelu"),
        L.Dense(3, activation="softmax"),
    )


def convolutions():
    return sequence(
        keras.Input((8, 8, 4)),
        L.Conv2D(8, 3, groups=2, padding="same", use_bias=False, activation="swish"),
        L.DepthwiseConv2D(3, depth_multiplier=2, dilation_rate=2, activation="elu"),
        L.SeparableConv2D(6, 3, depth_multiplier=2, activation="selu"),
        L.GroupNormalization(3),
        L.PReLU(shared_axes=[1, 2]),
        L.ReLU(max_value=6),
        L.GlobalAveragePooling2D(keepdims=True),
        L.Conv2D(5, 1, activation="mish", kernel_initializer="he_normal"),
        L.Reshape((-1,)),
        L.Dense(2, activation="sigmoid"),
    )


def series():
    return sequence(
        keras.Input((12,)),
        L.Embedding(20, 6),
        L.Conv1D(5, 3, padding="causal", dilation_rate=2, activation="tanh"),
        L.LayerNormalization(epsilon=1e-6),
        L.SeparableConv1D(4, 3, padding="same"),
        L.DepthwiseConv1D(2),
        L.Conv1DTranspose(3, 4, strides=2),
        L.TimeDistributed(L.Dense(4, activation="softplus")),
        L.ZeroPadding1D(1),
        L.Cropping1D((1, 2)),
        L.UpSampling1D(2),
        L.MaxPooling1D(2),
        L.Permute((2, 1)),
        L.GlobalMaxPooling1D(),
        L.RepeatVector(3),
        L.RMSNormalization(),
        L.Flatten(),
        L.Activation("log_softmax"),
    )


def volumes():
    return sequence(
        keras.Input((5, 6, 4, 2)),
        L.Conv3D(3, 3, padding="same", activation="leaky_relu"),
        L.AveragePooling3D(2, padding="same"),
        L.Conv3DTranspose(2, 2, strides=2, output_padding=1),
        L.ZeroPadding3D(1),
        L.GlobalAveragePooling3D(),
        L.Dense(2),
    )


def residual():
    given = keras.Input((8, 8, 3), name="image")
    x = L.Conv2D(4, 3, padding="same", use_bias=False, name="stem conv")(given)
    x = L.BatchNormalization(name="stem-bn")(x)
    for index in range(2):
        short = x
        y = L.Activation("relu", name=f"block{index}_relu")(x)
        y = L.Conv2D(4, 3, padding="same", name=f"block{index}_conv")(y)
        x = L.Add(name=f"block{index}_add")([short, y])
    wide = L.Concatenate()([x, short, L.Identity()(y)])
    least = L.Minimum()([x, y])
    a = L.GlobalMaxPooling2D()(wide)
    b = L.GlobalAveragePooling2D()(L.Subtract()([least, x]))
    head = L.Multiply()([L.Dense(6)(a), L.Dense(6, activation="sigmoid", name="3rd")(b)])
    return keras.Model(given, [L.Dense(2, name="output")(head), L.Softmax()(head)])


def two_inputs():
    encoder = L.Conv2D(4, 3, activation="relu", name="encoder")
    left, right = keras.Input((6, 6, 1), name="left"), keras.Input((6, 6, 1), name="right")
    a, b = L.Flatten()(encoder(left)), L.Flatten()(encoder(right))
    cosine = L.Dot(axes=1, normalize=True)([a, b])
    apart = L.Subtract()([b, a])
    return keras.Model([left, right], L.Dense(1)(L.Concatenate(axis=1)([cosine, apart])))


def nested():
    base_input = keras.Input((8, 8, 3))
    x = L.Conv2D(4, 3, activation="relu", name="conv")(base_input)
    base = keras.Model(base_input, L.BatchNormalization()(x), name="base")
    base.trainable = False
    augment = sequence(L.RandomFlip("horizontal"), L.RandomRotation(0.1))
    given = keras.Input((8, 8, 3))
    x = base(augment(given))
    x = L.Conv2D(3, 1, name="head_conv")(x)
    return keras.Model(given, sequence(L.GlobalAveragePooling2D(), L.Dense(2))(x))


def attention():
    given = keras.Input((5, 4))
    x = L.MultiHeadAttention(2, 3, dropout=0.1)(given, given)
    x = L.LayerNormalization()(L.Add()([given, x]))
    x = L.Dense(4)(x)
    return keras.Model(given, L.GlobalAveragePooling1D()(x))


makers = [plain_image, convolutions, series, volumes, residual, two_inputs, nested, attention]


def packed(array):
    return {"shape": list(array.shape), "data": base64.b64encode(array.astype("<f4").tobytes()).decode()}


def describe(maker):
    keras.utils.clear_session()
    model = maker()
    for weight in model.weights:
        low = 0.5 if any(word in weight.path for word in ("variance", "gamma", "scale")) else -0.5
        weight.assign(random.uniform(low, low + 1, weight.shape).astype("float32"))
    is_text = any(isinstance(layer, L.Embedding) for layer in model.layers)
    inputs = [
        (random.integers(0, 20, (2, *given.shape[1:])) if is_text else random.uniform(-1, 1, (2, *given.shape[1:]))).astype("float32")
        for given in model.inputs
    ]
    outputs = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    return {
        "name": maker.__name__,
        "configuration": json.loads(model.to_json()),
        # As the converter of TensorFlow.js names them: the layers' own paths.
        "weights": [{"name": weight.path, **packed(np.array(weight))} for weight in model.weights if "seed" not in weight.path],
        "inputs": [packed(each) for each in inputs],
        "outputs": [packed(np.array(each)) for each in outputs],
        "parameters": int(model.count_params()),
    }


path = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "keras-models.json")
with open(path, "w") as file:
    json.dump({"keras": keras.__version__, "models": [describe(maker) for maker in makers]}, file)
    file.write("\n")
keras.utils.clear_session()
model = residual()
for index, weight in enumerate(model.weights):
    weight.assign(np.linspace(-0.5, 0.5, int(np.prod(weight.shape)) or 1).reshape(weight.shape) + 0.6 * ("variance" in weight.path))
model.save(os.path.join(os.path.dirname(path), "residual.keras"))
