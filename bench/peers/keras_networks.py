"""The bench's networks in Keras, giving logits: the loss takes the softmax into itself, which is the faster form."""

import keras
from keras import layers


def fashion(x):
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(64, activation="relu")(x)
    return layers.Dense(10)(x)


def lenet5(x):
    x = layers.Conv2D(6, 5, activation="tanh")(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.Conv2D(16, 5, activation="tanh")(x)
    x = layers.AveragePooling2D(2)(x)
    x = layers.Conv2D(120, 5, activation="tanh")(x)
    x = layers.Flatten()(x)
    x = layers.Dense(84, activation="tanh")(x)
    return layers.Dense(10)(x)


def vgg(x):
    for filters in (32, 64, 128):
        for _ in range(2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(128, activation="relu")(x)
    return layers.Dense(10)(x)


def conv_norm(x, filters, kernel, strides=1):
    x = layers.Conv2D(filters, kernel, strides=strides, padding="same", use_bias=False)(x)
    return layers.BatchNormalization()(x)


def residual(x, filters, strides=1):
    y = layers.ReLU()(conv_norm(x, filters, 3, strides))
    y = conv_norm(y, filters, 3)
    if strides != 1 or x.shape[-1] != filters:
        x = conv_norm(x, filters, 1, strides)
    return layers.ReLU()(layers.add([y, x]))


def resnet20(x):
    x = layers.ReLU()(conv_norm(x, 16, 3))
    for filters, strides in ((16, 1), (32, 2), (64, 2)):
        for block in range(3):
            x = residual(x, filters, strides if block == 0 else 1)
    x = layers.GlobalAveragePooling2D()(x)
    return layers.Dense(10)(x)


def mobilenet(x):
    def norm(x):
        return layers.ReLU(6.0)(layers.BatchNormalization()(x))

    x = norm(layers.Conv2D(8, 3, strides=2, padding="same", use_bias=False)(x))
    widths = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    for filters, strides in widths:
        if strides == 2:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
        padding = "same" if strides == 1 else "valid"
        x = norm(layers.DepthwiseConv2D(3, strides=strides, padding=padding, use_bias=False)(x))
        x = norm(layers.Conv2D(filters // 4, 1, use_bias=False)(x))
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.001)(x)
    return layers.Dense(10)(x)


def unet(x):
    def two_convs(x, filters):
        for _ in range(2):
            x = layers.ReLU()(conv_norm(x, filters, 3))
        return x

    downs = []
    for filters in (8, 16, 32, 64):
        x = two_convs(x, filters)
        downs.append(x)
        x = layers.MaxPooling2D()(x)
    x = two_convs(x, 128)
    for filters in (64, 32, 16, 8):
        x = layers.Conv2DTranspose(filters, 2, strides=2)(x)
        x = layers.Concatenate()([x, downs.pop()])
        x = two_convs(x, filters)
    return layers.Conv2D(2, 1)(x)


def fcn(x):
    for _ in range(3):
        x = layers.Conv1D(64, 3, padding="same")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.GlobalAveragePooling1D()(x)
    return layers.Dense(2)(x)


def make_model(name, shape, seed=0):
    keras.utils.set_random_seed(seed)
    x = keras.Input(tuple(shape))
    return keras.Model(x, globals()[name](x))
