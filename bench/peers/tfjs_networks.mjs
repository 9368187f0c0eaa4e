// The bench's networks in TensorFlow.js, giving logits.

const networks = {
  fashion: (l, x) => {
    x = l.maxPooling2d({ poolSize: 2 }).apply(conv(l, x, 32, 3, { activation: "relu", padding: "valid" }));
    x = l.maxPooling2d({ poolSize: 2 }).apply(conv(l, x, 64, 3, { activation: "relu", padding: "valid" }));
    x = l.flatten().apply(conv(l, x, 64, 3, { activation: "relu", padding: "valid" }));
    return l.dense({ units: 10 }).apply(l.dense({ units: 64, activation: "relu" }).apply(x));
  },
  lenet5: (l, x) => {
    const options = { activation: "tanh", padding: "valid" };
    x = l.averagePooling2d({ poolSize: 2 }).apply(conv(l, x, 6, 5, options));
    x = l.averagePooling2d({ poolSize: 2 }).apply(conv(l, x, 16, 5, options));
    x = l.flatten().apply(conv(l, x, 120, 5, options));
    return l.dense({ units: 10 }).apply(l.dense({ units: 84, activation: "tanh" }).apply(x));
  },
  vgg: (l, x) => {
    for (const filters of [32, 64, 128]) {
      for (let turn = 0; turn < 2; turn++) x = conv(l, x, filters, 3, { activation: "relu" });
      x = l.maxPooling2d({ poolSize: 2 }).apply(x);
    }
    x = l.dense({ units: 128, activation: "relu" }).apply(l.flatten().apply(x));
    return l.dense({ units: 10 }).apply(x);
  },
  resnet20: (l, x) => {
    x = l.reLU().apply(convNorm(l, x, 16, 3));
    for (const [filters, first] of [
      [16, 1],
      [32, 2],
      [64, 2],
    ]) {
      for (let block = 0; block < 3; block++) x = residual(l, x, filters, block === 0 ? first : 1);
    }
    return l.dense({ units: 10 }).apply(l.globalAveragePooling2d({}).apply(x));
  },
  mobilenet: (l, x) => {
    const norm = (value) => l.reLU({ maxValue: 6 }).apply(l.batchNormalization().apply(value));
    x = norm(conv(l, x, 8, 3, { strides: 2, useBias: false }));
    const middle = Array.from({ length: 5 }, () => [512, 1]);
    const ends = [
      [1024, 2],
      [1024, 1],
    ];
    for (const [filters, strides] of [
      [64, 1],
      [128, 2],
      [128, 1],
      [256, 2],
      [256, 1],
      [512, 2],
      ...middle,
      ...ends,
    ]) {
      if (strides === 2) x = l.zeroPadding2d({ padding: [[0, 1], [0, 1]] }).apply(x); // prettier-ignore
      const padding = strides === 2 ? "valid" : "same";
      x = norm(l.depthwiseConv2d({ kernelSize: 3, strides, padding, useBias: false }).apply(x));
      x = norm(conv(l, x, filters / 4, 1, { useBias: false }));
    }
    x = l.dropout({ rate: 0.001 }).apply(l.globalAveragePooling2d({}).apply(x));
    return l.dense({ units: 10 }).apply(x);
  },
  unet: (l, x) => {
    const twoConvs = (value, filters) => {
      for (let turn = 0; turn < 2; turn++) value = l.reLU().apply(convNorm(l, value, filters, 3));
      return value;
    };
    const passed = [];
    for (const filters of [8, 16, 32, 64]) {
      x = twoConvs(x, filters);
      passed.push(x);
      x = l.maxPooling2d({ poolSize: 2 }).apply(x);
    }
    x = twoConvs(x, 128);
    for (const filters of [64, 32, 16, 8]) {
      x = l
        .conv2dTranspose({ filters, kernelSize: 2, strides: 2, kernelInitializer: "glorotUniform" })
        .apply(x);
      x = twoConvs(l.concatenate().apply([x, passed.pop()]), filters);
    }
    return conv(l, x, 2, 1, {});
  },
  fcn: (l, x) => {
    for (let turn = 0; turn < 3; turn++) {
      const options = { filters: 64, kernelSize: 3, padding: "same", kernelInitializer: "glorotUniform" };
      x = l.reLU().apply(l.batchNormalization().apply(l.conv1d(options).apply(x)));
    }
    return l.dense({ units: 2 }).apply(l.globalAveragePooling1d().apply(x));
  },
};

function conv(l, x, filters, kernelSize, options) {
  const all = { filters, kernelSize, padding: "same", kernelInitializer: "glorotUniform", ...options };
  return l.conv2d(all).apply(x);
}

function convNorm(l, x, filters, kernelSize, strides = 1) {
  return l.batchNormalization().apply(conv(l, x, filters, kernelSize, { strides, useBias: false }));
}

function residual(l, x, filters, strides) {
  let y = l.reLU().apply(convNorm(l, x, filters, 3, strides));
  y = convNorm(l, y, filters, 3);
  if (strides !== 1 || x.shape.at(-1) !== filters) x = convNorm(l, x, filters, 1, strides);
  return l.reLU().apply(l.add().apply([y, x]));
}

export function makeModel(tf, name, shape) {
  const x = tf.input({ shape });
  return tf.model({ inputs: x, outputs: networks[name](tf.layers, x) });
}
