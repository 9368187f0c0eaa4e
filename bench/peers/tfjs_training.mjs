// Trains one of the bench's networks with TensorFlow.js on tfjs-node; see bench/training.mjs for what it is asked and answers.
// The folder that holds tfjs-node is the second argument.
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import util from "node:util";
import { makeModel } from "./tfjs_networks.mjs";

// Gone from Node 23, and tfjs-node still asks for them.
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
util.isArray ??= Array.isArray;

const options = JSON.parse(process.argv[2]);
process.env.TF_CPP_MIN_LOG_LEVEL ??= "3";
process.env.OMP_NUM_THREADS = process.env.TF_NUM_INTRAOP_THREADS = String(options.threads);
const tf = createRequire(join(process.argv[3], "package.json"))("@tensorflow/tfjs-node");

const images = tf.randomUniform([options.examples, ...options.shape], 0, 1, "float32", 1);
const labelShape = options.perPixel ? [options.examples, ...options.shape.slice(0, -1)] : [options.examples];
const labels = tf.randomUniform(labelShape, 0, options.classes, "int32", 1);

function makeRun(batch) {
  const model = makeModel(tf, options.network, options.shape);
  const optimizer = tf.train.adam();
  const variables = model.trainableWeights.map((weight) => weight.read());
  const starts = Math.floor(options.examples / batch);
  const batches = Array.from({ length: starts }, (_, index) => ({
    x: images.slice(index * batch, batch),
    y: tf.oneHot(labels.slice(index * batch, batch), options.classes).toFloat(),
  }));
  return (steps) => {
    for (let index = 0; index < steps; index++) {
      const { x, y } = batches[index % starts];
      tf.tidy(() => {
        const loss = () => tf.losses.softmaxCrossEntropy(y, model.apply(x, { training: true }));
        const value = optimizer.minimize(loss, true, variables);
        if (index === steps - 1) value.dataSync();
      });
    }
  };
}

const runs = new Map();
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const parameters = makeModel(tf, options.network, options.shape).countParams();
answer({
  ready: `tfjs-node ${tf.version["tfjs-core"]}, TensorFlow ${tf.backend().binding.TF_Version}`,
  parameters,
});
for await (const line of createInterface({ input: process.stdin })) {
  const { batch, steps } = JSON.parse(line);
  if (!runs.has(batch)) runs.set(batch, makeRun(batch));
  const started = performance.now();
  const before = process.cpuUsage();
  runs.get(batch)(steps);
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  answer({ seconds, processorSeconds: (user + system) / 1e6, peakMegabytes });
}
