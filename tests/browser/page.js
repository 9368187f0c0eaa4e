// The page of the browser test: TensorFlow.js as a page has it, then the script of our layers where the model has any.
import { tensorFlow as tf } from "../../src/tfjs/plain.ts";

Object.assign(globalThis, { tf });
const { searchParams } = new URL(location.href);
const folder = searchParams.get("folder");
if (searchParams.has("layers")) {
  await new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: `${folder}/cnn-layers.js` });
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });
}
try {
  await tf.setBackend("cpu");
  const model = await tf.loadLayersModel(`${folder}/model.json`);
  const shape = model.inputs[0].shape.map((size) => size ?? 1);
  const input = tf.fill(shape, 0.5);
  document.title = JSON.stringify([...model.predict(input).dataSync()]);
} catch (error) {
  document.title = `failed: ${String(error)}`;
}
document.body.textContent = document.title;
