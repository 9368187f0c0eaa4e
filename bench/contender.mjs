import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process that trains when it is asked to: one line of JSON in, one out. Between questions it does nothing. */
export class Contender {
  /** What it is, with versions. */
  name = "";
  /** Of its model, running statistics included. */
  parameters = 0;
  /** The largest memory it has taken so far. */
  peakMegabytes = 0;
  #process;
  #lines;
  #errors = "";

  static async start(command, args) {
    const contender = new Contender();
    contender.#process = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    contender.#process.on("error", (error) => (contender.#errors = error.message));
    contender.#process.stdin.on("error", (error) => (contender.#errors ||= error.message));
    contender.#process.stderr.on(
      "data",
      (text) => (contender.#errors = (contender.#errors + text).slice(-2000)),
    );
    contender.#lines = createInterface({ input: contender.#process.stdout })[Symbol.asyncIterator]();
    const { ready, parameters } = await contender.#answer();
    contender.name = ready;
    contender.parameters = parameters;
    return contender;
  }

  /** Images a second over so many steps, and images a second of processor time, which other processes disturb little. */
  async measure(variant, batch, steps) {
    this.#process.stdin.write(`${JSON.stringify({ variant, batch, steps })}\n`);
    const { seconds, processorSeconds, peakMegabytes } = await this.#answer();
    this.peakMegabytes = peakMegabytes;
    return { rate: (batch * steps) / seconds, processorRate: (batch * steps) / processorSeconds };
  }

  stop() {
    this.#process.stdin.end();
    this.#process.kill();
  }

  async #answer() {
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) throw new Error(this.#errors.trim().split("\n").at(-1) || "it ended");
      if (value.startsWith("{")) return JSON.parse(value);
    }
  }
}
