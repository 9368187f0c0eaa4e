// The page of the browser tests: TensorFlow.js with each of its backends as a page has it. It does the work that the server names,
// and sends back what came out.
import "@tensorflow/tfjs-backend-webgl";
import "@tensorflow/tfjs-backend-webgpu";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { holdTensors, predictProgram, takeSteps } from "./take-steps.ts";
import { tensorFlow } from "../../src/tfjs/plain.ts";

const tf = { ...tensorFlow, loadGraphModel };
Object.assign(globalThis, { tf });
// Else tensors of less than a thousand numbers are computed on the processor.
for (const flag of ["WEBGL_CPU_FORWARD", "WEBGPU_CPU_FORWARD"]) tf.env().set(flag, false);

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

/** A file is opened; a program is run, or trained where it says how many steps, its tensors counted where that is asked. */
function workOf(item, backend) {
  if (item.program === undefined) return predict(item);
  if (item.counted) return holdTensors(tf, { ...item, backend });
  return item.steps === undefined ? predictProgram(tf, item) : takeSteps(tf, { ...item, backend });
}

const work = await (await fetch("work.json")).json();
const results = [];
for (const { backend, ...item } of work) {
  try {
    if (tf.getBackend() !== backend && !(await tf.setBackend(backend))) throw new Error(`no ${backend} here`);
    await tf.ready();
    results.push({ numbers: await workOf(item, backend) });
  } catch (error) {
    results.push({ error: String(error) });
  }
}
await fetch("results", { method: "POST", body: JSON.stringify(results) });
