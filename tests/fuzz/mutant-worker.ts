import { parentPort, workerData } from "node:worker_threads";
import { createRandom } from "../../src/random/random.ts";
import { checkFixes, checkFormat, checkProgram } from "./check-program.ts";
import { mutate, specimenOf } from "./mutate.ts";

/** What a worker is to do: every mutant of every program whose number is `part` modulo `parts`. */
export interface MutantTask {
  readonly programs: readonly (readonly [name: string, text: string])[];
  readonly mutants: number;
  readonly part: number;
  readonly parts: number;
  readonly seed: number;
  /** The program and mutant being worked on, so that a hang can be named from outside. */
  readonly progress: Int32Array;
}

export interface MutantReport {
  readonly mutants: number;
  readonly formatted: number;
  /** Milliseconds of the processor while a mutant was checked, those of other threads included: at least what it took. */
  readonly slowest: number;
  readonly failures: readonly string[];
}

/** Of so many mutants one is formatted too, and the fixes of another applied. */
const sampled = 8;

function work({ programs, mutants, part, parts, seed, progress }: MutantTask): MutantReport {
  const specimens = programs.map(([, text]) => specimenOf(text));
  const failures: string[] = [];
  let [count, formatted, slowest] = [0, 0, 0];
  for (const [index, [name]] of programs.entries()) {
    progress[0] = index;
    for (let number = part; number < mutants && failures.length < 5; number += parts) {
      progress[1] = number;
      const text = mutate(specimens[index]!, specimens, createRandom(seed + number, name));
      const started = process.cpuUsage();
      try {
        const diagnostics = checkProgram(text);
        slowest = Math.max(slowest, process.cpuUsage(started).user / 1000);
        const turn = Math.floor(number / parts) % sampled;
        if (turn === 0) formatted += checkFormat(text) ? 1 : 0;
        else if (turn === 1) checkFixes(text, diagnostics);
      } catch (error) {
        failures.push(`mutant ${number} of ${name}: ${String(error)}\n${JSON.stringify(text)}`);
      }
      count += 1;
    }
  }
  return { mutants: count, formatted, slowest, failures };
}

parentPort!.postMessage(work(workerData as MutantTask));
