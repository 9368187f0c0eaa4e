// The page of the browser tests: TensorFlow.js with each of its backends as a page has it. It does the work that the server names,
// and sends back what came out.
import "@tensorflow/tfjs-backend-webgl";
import "@tensorflow/tfjs-backend-webgpu";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { takeSteps } from "./take-steps.ts";
import { tensorFlow } from "../../src/tfjs/plain.ts";

const tf = { ...tensorFlow, loadGraphModel };
Object.assign(globalThis, { tf });

/** Opens a folder as its form is opened, and gives every output for an input of 0.5 everywhere. */
async function predict({ folder, form, scripts }) {
  for (const source of scripts) {
    await new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src: `${folder}/${source}` });
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  }
  const open = form === "graph" ? tf.loadGraphModel : tf.loadLayersModel;
  const model = await open(`${folder}/model.json`);
  const inputs = model.inputs.map(({ shape }) => tf.fill([1, ...shape.slice(1)], 0.5));
  const results = [model.predict(inputs.length === 1 ? inputs[0] : inputs)].flat();
  const numbers = [];
  for (const result of results) numbers.push(...(await result.data()));
  model.dispose();
  return numbers;
}

const work = await (await fetch("work.json")).json();
const results = [];
for (const { backend, ...item } of work) {
  try {
    if (tf.getBackend() !== backend && !(await tf.setBackend(backend))) throw new Error(`no ${backend} here`);
    await tf.ready();
    results.push({
      numbers: await (item.program === undefined ? predict(item) : takeSteps(tf, { ...item, backend })),
    });
  } catch (error) {
    results.push({ error: String(error) });
  }
}
await fetch("results", { method: "POST", body: JSON.stringify(results) });
