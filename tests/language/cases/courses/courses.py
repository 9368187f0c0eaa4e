"""Builds the models of this folder in Keras and records what they come to: python courses.py > courses.json"""

import json
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
from keras import Input, Model, layers as L

builders = {}


def model(build):
    builders[build.__name__] = build
    return build


def conv(x, filters, window, activation=None, rank=2, **options):
    layer = {1: L.Conv1D, 2: L.Conv2D, 3: L.Conv3D}[rank]
    return layer(filters, window, activation=activation, **options)(x)


def conv_bn(x, filters, window, activation="relu", rank=2, **options):
    x = L.BatchNormalization()(conv(x, filters, window, rank=rank, use_bias=False, **options))
    return x if activation is None else L.Activation(activation)(x)


@model
def conv_arithmetic():
    i = Input((23, 31, 3))
    x = conv(i, 8, (5, 3), "relu")
    x = conv(x, 8, 3, "relu", padding="same", strides=2)
    x = conv(L.ZeroPadding2D((1, 0))(x), 8, 3, "relu", dilation_rate=2)
    x = conv(L.ZeroPadding2D(((2, 1), (0, 3)))(x), 12, 4, "relu")
    x = L.MaxPooling2D(3, 2, padding="same")(x)
    return Model(i, conv(x, 4, 1))


@model
def pooling_variants():
    i = Input((30, 30, 4))
    x = L.Concatenate()(
        [
            conv(L.MaxPooling2D(3, 2)(i), 6, 1, "relu"),
            conv(L.AveragePooling2D(3, 2)(i), 6, 1, "relu"),
            conv(i, 6, 3, "relu", strides=2),
        ]
    )
    x = L.AveragePooling2D(2, padding="same")(x)
    return Model(i, L.Dense(7, "softmax")(L.GlobalMaxPooling2D()(x)))


@model
def lenet_modern():
    return keras.Sequential(
        [
            Input((28, 28, 1)),
            L.Conv2D(6, 5, padding="same", activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(16, 5, activation="relu"),
            L.MaxPooling2D(),
            L.Flatten(),
            L.Dense(120, "relu"),
            L.Dropout(0.5),
            L.Dense(84, "relu"),
            L.Dense(10, "softmax"),
        ]
    )


@model
def inception_by_hand():
    i = Input((28, 28, 192))
    x = L.Concatenate()(
        [
            conv(i, 64, 1, "relu"),
            conv(conv(i, 96, 1, "relu"), 128, 3, "relu", padding="same"),
            conv(conv(i, 16, 1, "relu"), 32, 5, "relu", padding="same"),
            conv(L.MaxPooling2D(3, 1, padding="same")(i), 32, 1, "relu"),
        ]
    )
    return Model(i, L.Dense(100, "softmax")(L.GlobalAveragePooling2D()(x)))


@model
def residual_by_hand():
    i = Input((32, 32, 3))
    stem = conv_bn(i, 16, 3, padding="same")
    x = conv_bn(conv_bn(stem, 16, 3, padding="same"), 16, 3, None, padding="same")
    first = L.ReLU()(L.Add()([x, stem]))
    x = conv_bn(conv_bn(first, 32, 3, padding="same", strides=2), 32, 3, None, padding="same")
    x = L.ReLU()(L.Add()([x, conv_bn(first, 32, 1, None, strides=2)]))
    return Model(i, L.Dense(10, "softmax")(L.GlobalAveragePooling2D()(x)))


@model
def bottlenecks():
    def bottleneck(x, filters, stride):
        y = conv_bn(x, filters, 1, strides=stride)
        y = conv_bn(y, filters, 3, padding="same")
        y = conv_bn(y, 4 * filters, 1, None)
        if stride != 1 or x.shape[-1] != 4 * filters:
            x = conv_bn(x, 4 * filters, 1, None, strides=stride)
        return L.ReLU()(L.Add()([y, x]))

    i = Input((64, 64, 3))
    x = L.MaxPooling2D(3, 2, padding="same")(conv_bn(i, 32, 7, strides=2, padding="same"))
    for filters, stride in [(16, 1), (32, 2), (64, 2)]:
        x = bottleneck(bottleneck(x, filters, stride), filters, 1)
    return Model(i, L.Dense(10, "softmax")(L.GlobalAveragePooling2D()(x)))


@model
def unet_by_hand():
    def twice(x, filters):
        return conv(conv(x, filters, 3, "relu", padding="same"), filters, 3, "relu", padding="same")

    i = Input((64, 96, 1))
    down1 = twice(i, 8)
    down2 = twice(L.MaxPooling2D()(down1), 16)
    down3 = twice(L.MaxPooling2D()(down2), 32)
    x = twice(L.MaxPooling2D()(down3), 64)
    x = twice(L.Concatenate()([L.Conv2DTranspose(32, 2, 2)(x), down3]), 32)
    x = twice(L.Concatenate()([L.Conv2DTranspose(16, 2, 2)(x), down2]), 16)
    x = twice(L.Concatenate()([L.UpSampling2D(interpolation="bilinear")(x), down1]), 8)
    return Model(i, conv(x, 2, 1, "softmax"))


@model
def siamese_distance():
    e = Input((32, 32, 3))
    x = conv(L.MaxPooling2D()(conv(e, 16, 3, "relu")), 32, 3, "relu")
    encoder = Model(e, L.Dense(24)(L.GlobalAveragePooling2D()(x)))
    left, right = Input((32, 32, 3)), Input((32, 32, 3))
    x = L.Subtract()([encoder(left), encoder(right)])
    return Model([left, right], L.Dense(1, "sigmoid")(x))


@model
def two_heads():
    i = Input((48, 48, 3))
    x = conv(i, 16, 3, "relu", strides=2, padding="same")
    features = L.Flatten()(conv(x, 32, 3, "relu", strides=2, padding="same"))
    kind = L.Dense(6, "softmax")(L.Dense(32, "relu")(features))
    return Model(i, [kind, L.Dense(4)(L.Dense(16, "relu")(features))])


@model
def mixed_inputs():
    picture, facts = Input((32, 32, 1)), Input((12,))
    seen = L.Flatten()(L.MaxPooling2D()(conv(picture, 8, 3, "relu")))
    x = L.Concatenate()([L.Dense(20, "relu")(facts), seen])
    return Model([picture, facts], L.Dense(3, "softmax")(L.Dense(40, "relu")(x)))


@model
def ecg_1d():
    x = i = Input((187, 1))
    for filters, window in [(32, 7), (64, 5), (128, 3)]:
        x = L.MaxPooling1D(2)(conv_bn(x, filters, window, rank=1, padding="same"))
    return Model(i, L.Dense(5, "softmax")(L.Dropout(0.3)(L.GlobalAveragePooling1D()(x))))


@model
def wavenet_like():
    y = i = Input((256, 1))
    for power in range(5):
        x = conv(y, 12, 1, rank=1)
        gate = dict(rank=1, padding="causal", dilation_rate=2**power)
        y = L.Multiply()([conv(x, 12, 2, "tanh", **gate), conv(x, 12, 2, "sigmoid", **gate)])
        y = L.Add()([conv(y, 12, 1, rank=1), x])
    y = conv(L.ReLU()(y), 24, 1, "relu", rank=1)
    return Model(i, conv(y, 64, 1, "softmax", rank=1))


@model
def squeeze_excite():
    def excite(x, ratio):
        channels = x.shape[-1]
        y = L.GlobalAveragePooling2D(keepdims=True)(x)
        return L.Multiply()([x, conv(conv(y, channels // ratio, 1, "relu"), channels, 1, "sigmoid")])

    i = Input((40, 40, 3))
    x = excite(conv_bn(i, 24, 3, "swish", strides=2, padding="same"), 4)
    x = excite(conv_bn(x, 32, 3, "swish", strides=2, padding="same"), 8)
    return Model(i, L.Dense(4, "softmax")(L.GlobalAveragePooling2D()(x)))


@model
def inverted_residuals():
    def divisible(x, by=8):
        rounded = max(by, int(x + by / 2) // by * by)
        return rounded + by if rounded < 0.9 * x else rounded

    def inverted(x, filters, stride, expand):
        width = divisible(filters * 0.75)
        y = conv_bn(x, x.shape[-1] * expand, 1, "relu6")
        y = L.DepthwiseConv2D(3, stride, padding="same", use_bias=False)(y)
        y = L.Activation("relu6")(L.BatchNormalization()(y))
        y = conv_bn(y, width, 1, None)
        return L.Add()([y, x]) if stride == 1 and x.shape[-1] == width else y

    i = Input((64, 64, 3))
    x = conv_bn(i, divisible(32 * 0.75), 3, "relu6", strides=2, padding="same")
    for filters, stride in [(24, 2), (24, 1), (32, 2), (32, 1)]:
        x = inverted(x, filters, stride, 6)
    x = conv_bn(x, divisible(128 * 0.75), 1, "relu6")
    return Model(i, L.Dense(12, "softmax")(L.GlobalAveragePooling2D()(x)))


@model
def transformer_encoder():
    i = Input((40,))
    x = L.Embedding(2000, 32)(i)
    for _ in range(2):
        y = L.LayerNormalization(epsilon=1e-6)(x)
        x = L.Add()([x, L.MultiHeadAttention(4, 8)(y, y)])
        y = L.LayerNormalization(epsilon=1e-6)(x)
        x = L.Add()([x, L.Dense(32)(L.Dense(64, "gelu")(y))])
    return Model(i, L.Dense(2, "softmax")(L.GlobalAveragePooling1D()(x)))


@model
def autoencoder_transposed():
    i = Input((28, 28, 1))
    x = conv(i, 16, 3, "relu", strides=2, padding="same")
    x = conv(x, 8, 3, "relu", strides=2, padding="same")
    x = L.Dense(7 * 7 * 8, "relu")(L.Dense(12)(L.Flatten()(x)))
    x = L.Reshape((7, 7, 8))(x)
    x = L.Conv2DTranspose(8, 3, 2, padding="same", activation="relu")(x)
    x = L.Conv2DTranspose(16, 3, 2, padding="same", activation="relu")(x)
    return Model(i, conv(x, 1, 3, "sigmoid", padding="same"))


@model
def dense_blocks():
    def bn_relu(x):
        return L.ReLU()(L.BatchNormalization()(x))

    def dense_layer(x, growth):
        y = conv(bn_relu(x), 4 * growth, 1, use_bias=False)
        return L.Concatenate()([x, conv(bn_relu(y), growth, 3, padding="same", use_bias=False)])

    i = Input((32, 32, 3))
    x = conv(i, 24, 3, padding="same", use_bias=False)
    for _ in range(4):
        x = dense_layer(x, 12)
    x = L.AveragePooling2D(2)(conv(bn_relu(x), x.shape[-1] // 2, 1, use_bias=False))
    for _ in range(4):
        x = dense_layer(x, 12)
    return Model(i, L.Dense(10, "softmax")(L.GlobalAveragePooling2D()(bn_relu(x))))


@model
def separable_net():
    i = Input((71, 71, 3))
    x = conv_bn(i, 16, 3, strides=2)
    for filters in [32, 48]:
        y = L.SeparableConv2D(filters, 3, padding="same", use_bias=False)(x)
        y = L.ReLU()(L.BatchNormalization()(y))
        y = L.BatchNormalization()(L.SeparableConv2D(filters, 3, padding="same", use_bias=False)(y))
        x = L.Add()([L.MaxPooling2D(3, 2, padding="same")(y), conv_bn(x, filters, 1, None, strides=2)])
    return Model(i, L.Dense(5, "softmax")(L.GlobalAveragePooling2D()(x)))


@model
def text_windows():
    i = Input((60,))
    x = L.Embedding(5000, 50)(i)
    parts = [L.GlobalMaxPooling1D()(conv(x, 100, window, "relu", rank=1)) for window in (3, 4, 5)]
    return Model(i, L.Dense(2, "softmax")(L.Dropout(0.5)(L.Concatenate()(parts))))


@model
def volume():
    i = Input((16, 32, 32, 1))
    x = L.MaxPooling3D(2)(conv(i, 8, 3, "relu", rank=3, padding="same"))
    x = L.MaxPooling3D((1, 2, 2))(conv(x, 16, 3, "relu", rank=3, padding="same"))
    return Model(i, L.Dense(10, "softmax")(L.Flatten()(x)))


@model
def any_size():
    i = Input((None, None, 3))
    x = conv_bn(conv_bn(i, 16, 3, padding="same", strides=2), 32, 3, padding="same", strides=2)
    x = L.GlobalAveragePooling2D()(conv(L.SpatialDropout2D(0.1)(x), 5, 1))
    return Model(i, L.Softmax()(x))


@model
def pixel_labels():
    i = Input((96, 96, 3))
    x = L.MaxPooling2D()(conv(i, 16, 3, "relu", padding="same"))
    half = conv(x, 32, 3, "relu", padding="same")
    x = conv(conv(L.MaxPooling2D()(half), 64, 3, "relu", padding="same"), 4, 1)
    x = L.Add()([L.UpSampling2D(interpolation="bilinear")(x), conv(half, 4, 1)])
    return Model(i, L.Softmax()(L.Conv2DTranspose(4, 4, 2, padding="same")(x)))


@model
def normalisations():
    i = Input((20, 20, 12))
    x = L.ReLU()(L.LayerNormalization()(conv(i, 24, 3, padding="same")))
    x = L.ReLU()(L.GroupNormalization(6)(conv(x, 24, 3, padding="same")))
    x = conv(x, 24, 3, padding="same", groups=3, use_bias=False)
    x = L.PReLU()(L.BatchNormalization(center=False, scale=False)(x))
    x = L.RMSNormalization()(conv(x, 8, 1))
    return Model(i, L.Dense(2, "softmax")(L.GlobalAveragePooling2D()(x)))


@model
def frozen_base():
    i = Input((64, 64, 3))
    first = L.Conv2D(16, 3, 2, padding="same", use_bias=False)
    second = L.Conv2D(32, 3, 2, padding="same", use_bias=False)
    norms = [L.BatchNormalization(), L.BatchNormalization()]
    x = L.Rescaling(1 / 127.5, offset=-1)(i)
    x = L.ReLU()(norms[0](first(x)))
    x = L.ReLU()(norms[1](second(x)))
    x = conv_bn(x, 48, 3, strides=2, padding="same")
    built = Model(i, L.Dense(3, "softmax")(L.GlobalAveragePooling2D()(x)))
    for layer in [first, second, *norms]:
        layer.trainable = False
    return built


@model
def highway():
    i = Input((50,))
    x = L.Dense(32, "relu")(i)
    for _ in range(3):
        gate = L.Dense(32, "sigmoid")(x)
        carried = L.Multiply()([x, L.Rescaling(-1, offset=1)(gate)])
        x = L.Add()([L.Multiply()([L.Dense(32, "relu")(x), gate]), carried])
    return Model(i, L.Dense(4, "softmax")(x))


def describe(built):
    trainable = sum(int(w.size) for w in map(keras.ops.convert_to_numpy, built.trainable_weights))
    return {
        "parameters": built.count_params(),
        "trainable": trainable,
        "outputs": [list(output.shape[1:]) for output in built.outputs],
    }


print(json.dumps({name: describe(build()) for name, build in sorted(builders.items())}, indent=1))
