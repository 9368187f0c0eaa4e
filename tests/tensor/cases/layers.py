"""Writes layers.json: layers of the language as programs, with weights, inputs and the values that Keras (PyTorch where Keras
has no such layer) gives them in float64.

Run with a Python that has both: python tests/tensor/cases/layers.py
"""

import pathlib

import keras
import numpy as np
import torch
from keras import layers
from keras.src.applications.convnext import LayerScale
from keras_cases import Cases, SelfAttention, key, sparsemax

cases = Cases(seed=21)
case, record, uniform = cases.case, cases.record, cases.uniform

case("conv 3 3 causal", layers.Conv1D(3, 3, padding="causal"), (6, 2))
case("conv 3 2 stride=2 relu", layers.Conv1D(3, 2, strides=2, activation="relu"), (7, 2))
case("conv 4 3x3 same", layers.Conv2D(4, 3, padding="same"), (5, 6, 2))
case("conv 4 3x2 stride=2 same bias=no", layers.Conv2D(4, (3, 2), strides=2, padding="same", use_bias=False), (6, 5, 2))
case("conv 2 3x3 dilation=2 tanh", layers.Conv2D(2, 3, dilation_rate=2, activation="tanh"), (6, 7, 2))
case("conv 2 3x3 dilation=2x1 same", layers.Conv2D(2, 3, dilation_rate=(2, 1), padding="same"), (6, 5, 1))
case("conv 2 2x3x2 same", layers.Conv3D(2, (2, 3, 2), padding="same"), (3, 4, 3, 2))
case("conv_transpose 3 3x3", layers.Conv2DTranspose(3, 3), (3, 4, 2))
case("conv_transpose 3 3x3 stride=2 same relu", layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="relu"), (3, 4, 2))
case("conv_transpose 2 2x5 stride=2x3 same", layers.Conv2DTranspose(2, (2, 5), strides=(2, 3), padding="same"), (3, 3, 2))
case("conv_transpose 2 4x4 stride=2 same", layers.Conv2DTranspose(2, 4, strides=2, padding="same"), (2, 3, 1))
case("conv_transpose 2 2x2 stride=3", layers.Conv2DTranspose(2, 2, strides=3), (2, 3, 2))
case("conv_transpose 2 3x3 stride=2 output_padding=1", layers.Conv2DTranspose(2, 3, strides=2, output_padding=1), (2, 3, 1))
case("conv_transpose 2 3x3 stride=2 same output_padding=1", layers.Conv2DTranspose(2, 3, strides=2, padding="same", output_padding=1), (2, 3, 1))
case("conv_transpose 2 3 stride=2 same", layers.Conv1DTranspose(2, 3, strides=2, padding="same"), (4, 2))
case("conv_transpose 2 2x2x2 stride=2", layers.Conv3DTranspose(2, 2, strides=2), (2, 1, 2, 2))
case("depthwise 3x3 same", layers.DepthwiseConv2D(3, padding="same"), (4, 5, 3))
case("depthwise 2x2 multiplier=2 stride=2", layers.DepthwiseConv2D(2, strides=2, depth_multiplier=2), (4, 5, 3))
case("depthwise 3 multiplier=2 relu", layers.DepthwiseConv1D(3, depth_multiplier=2, activation="relu"), (5, 2))
case("separable 4 3x3 same stride=2 multiplier=2", layers.SeparableConv2D(4, 3, strides=2, padding="same", depth_multiplier=2), (5, 5, 2))
case("separable 3 2 elu", layers.SeparableConv1D(3, 2, activation="elu"), (5, 2))
case("pool max 2", layers.MaxPooling2D(2), (5, 4, 2))
case("pool max 3x2 stride=2x1 same", layers.MaxPooling2D((3, 2), strides=(2, 1), padding="same"), (5, 4, 2))
case("pool avg 3 stride=2 same", layers.AveragePooling2D(3, strides=2, padding="same"), (6, 5, 2))
case("pool avg 2", layers.AveragePooling1D(2), (5, 2))
case("global_pool avg", layers.GlobalAveragePooling2D(), (3, 4, 2))
case("global_pool max keepdims=yes", layers.GlobalMaxPooling2D(keepdims=True), (3, 4, 2))
case("global_pool avg", layers.GlobalAveragePooling1D(), (3, 2))
case("dense 4 softmax", layers.Dense(4, activation="softmax"), (5,))
case("dense 3 bias=no", layers.Dense(3, use_bias=False), (2, 3, 4))
case("flatten", layers.Flatten(), (2, 3, 2))
case("reshape 3x?", layers.Reshape((3, -1)), (2, 6))
case("permute 2x3x1", layers.Permute((2, 3, 1)), (2, 3, 4))
case("repeat_vector 3", layers.RepeatVector(3), (4,))
case("pad 1x2", layers.ZeroPadding2D((1, 2)), (2, 2, 2))
case("pad (0,1)x(2,0)", layers.ZeroPadding2D(((0, 1), (2, 0))), (2, 2, 2))
case("pad (2,1)", layers.ZeroPadding1D((2, 1)), (3, 2))
case("crop (0,1)x(2,0)", layers.Cropping2D(((0, 1), (2, 0))), (4, 5, 2))
case("crop 1", layers.Cropping3D(1), (3, 4, 5, 1))
case("upsample 2x3", layers.UpSampling2D((2, 3)), (2, 3, 2))
case("upsample 3", layers.UpSampling1D(3), (3, 2))
case("upsample 2", layers.UpSampling3D(2), (2, 1, 2, 2))
case("upsample 2x3 bilinear", layers.UpSampling2D((2, 3), interpolation="bilinear"), (3, 4, 2))
case("upsample 4 bilinear", layers.UpSampling2D(4, interpolation="bilinear"), (2, 1, 1))
case("bn epsilon=0.01", layers.BatchNormalization(epsilon=0.01), (3, 2, 3))
case("bn scale=no", layers.BatchNormalization(scale=False), (4,))
case("layer_norm", layers.LayerNormalization(), (3, 4))
case("layer_norm center=no epsilon=0.1", layers.LayerNormalization(center=False, epsilon=0.1), (4,))
case("group_norm 2", layers.GroupNormalization(2), (3, 2, 6))
case("group_norm 3 scale=no", layers.GroupNormalization(3, scale=False), (6,))
case("instance_norm", layers.GroupNormalization(-1), (3, 4, 2))
case("rms_norm", layers.RMSNormalization(), (2, 5))
case("normalize", layers.Normalization(), (3, 2))
case("normalize mean=0.5 variance=4", layers.Normalization(mean=0.5, variance=4.0), (3, 2))
case("rescale 1/127.5 offset=-1", layers.Rescaling(1 / 127.5, offset=-1), (2, 2))
case("prelu", layers.PReLU(), (2, 3))
case("prelu shared=1x2", layers.PReLU(shared_axes=[1, 2]), (2, 2, 3))
case("leaky_relu", layers.LeakyReLU(), (5,))
case("softmax", layers.Softmax(), (3, 4))
case("dropout 0.5", layers.Dropout(0.5), (4,))
case("spatial_dropout 0.5", layers.SpatialDropout2D(0.5), (2, 2, 2))
case("gaussian_noise 0.5", layers.GaussianNoise(0.5), (4,))
case("gaussian_dropout 0.5", layers.GaussianDropout(0.5), (4,))
case("embedding 7 3", layers.Embedding(7, 3), inputs=[np.array([[0.0, 6.0, 2.0], [5.0, 5.0, 1.0]])])


case("attention 2", SelfAttention(2, 3), (4, 6))
case("attention 3 key=2 bias=no", SelfAttention(3, 2, use_bias=False), (3, 4))
image, flat = uniform(1, 2, 3, 4), None
attention = SelfAttention(2, 2)
attention(image.reshape(1, 6, 4))
for variable in attention.weights:
    variable.assign(uniform(*variable.shape))
record("layer: attention 2", [image], {key(attention, variable): variable.numpy() for variable in attention.weights
                                       if "seed" not in variable.path},
       attention(image.reshape(1, 6, 4)).numpy().reshape(1, 2, 3, 4))

for word, layer in [("add", layers.Add), ("multiply", layers.Multiply), ("average", layers.Average),
                    ("maximum", layers.Maximum), ("minimum", layers.Minimum)]:
    case(f"{word} x0 x1", layer(), (2, 3, 2), (2, 3, 2), (2,))
for word, layer in [("subtract", layers.Subtract)]:
    a, b = uniform(2, 2, 3), uniform(2, 2, 1)
    record(f"from x0\nlayer: {word} x1", [a, b], {}, layer()([a, b]).numpy())
a, b = uniform(2, 2, 3), uniform(2, 2, 4)
record("from x0\nlayer: concat x1", [a, b], {}, layers.Concatenate()([a, b]).numpy())
a, b = uniform(2, 2, 3), uniform(2, 4, 3)
record("from x0\nlayer: concat x1 axis=1", [a, b], {}, layers.Concatenate(axis=1)([a, b]).numpy())
a, b = uniform(2, 4), uniform(2, 4)
record("from x0\nlayer: dot x1 normalize=yes", [a, b], {}, layers.Dot(-1, normalize=True)([a, b]).numpy())
a, b = uniform(2, 3, 4), uniform(2, 4, 5)
record("from x0\nlayer: dot x1 axes=2x1", [a, b], {}, layers.Dot((2, 1))([a, b]).numpy())

x, kernel = uniform(1, 3, 2, 2), uniform(3, 3, 2, 2)
result = torch.nn.functional.conv_transpose2d(
    torch.tensor(np.moveaxis(x, -1, 1).copy()), torch.tensor(kernel.transpose(3, 2, 0, 1).copy()), dilation=2)
record("layer: conv_transpose 2 3x3 dilation=2 bias=no", [x], {"layer/kernel": kernel}, np.moveaxis(result.numpy(), 1, -1))
x = uniform(2, 2, 3, 5)
for statement, module in [("lrn 3 alpha=0.5 beta=0.6 k=2", torch.nn.LocalResponseNorm(3, 0.5, 0.6, 2.0)),
                          ("lrn 5 alpha=1", torch.nn.LocalResponseNorm(5, 1.0))]:
    result = module(torch.tensor(np.moveaxis(x, -1, 1).copy()))
    record(f"layer: {statement}", [x], {}, np.moveaxis(result.numpy(), 1, -1))
for statement, kernel, stride, pads in [("pool min 2", 2, 2, 0), ("pool sum 3 stride=1 pad=1", 3, 1, 1)]:
    first = torch.tensor(np.moveaxis(x, -1, 1).copy())
    pool = torch.nn.functional
    result = -pool.max_pool2d(-first, kernel, stride) if "min" in statement else \
        pool.avg_pool2d(first, kernel, stride, pads, divisor_override=1)
    record(f"layer: {statement}", [x], {}, np.moveaxis(result.numpy(), 1, -1))

x, codes = uniform(2, 2, 4), uniform(3, 4)
distances = torch.cdist(torch.tensor(x), torch.tensor(codes)) ** 2
record("layer: rbf 3", [x], {"layer/codes": codes}, distances.numpy())
scaled = LayerScale(1e-6, 3)
x = uniform(2, 2, 3)
scaled(x)
gamma = uniform(3)
scaled.gamma.assign(gamma)
record("layer: layer_scale 1e-6", [x], {"layer/gamma": gamma}, np.asarray(scaled(x)))

activations = keras.activations
for statement, x, result in [
    ("glu", x := uniform(2, 3, 2, 6), activations.glu(x)),
    ("glu axis=height", x := uniform(2, 4, 2, 3), activations.glu(x, axis=1)),
    ("threshold 0.5", x := uniform(2, 3, 4), activations.threshold(x, 0.5, 0.0)),
    ("threshold -0.25 value=-7", x := uniform(2, 3, 4), activations.threshold(x, -0.25, -7.0)),
    ("sparsemax", x := uniform(4, 3, 5), sparsemax(x)),
    ("sparsemax", x := np.round(uniform(6, 9)), sparsemax(x)),
    ("dense 5 sparsemax bias=no", x := uniform(3, 5), sparsemax(x)),
]:
    weights = {"layer/kernel": np.eye(5)} if "dense" in statement else {}
    record(f"layer: {statement}", [x], weights, np.asarray(result))

cases.write(pathlib.Path(__file__).with_name("layers.json"))
