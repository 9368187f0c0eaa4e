// cli/: the command `cnn`. A thin shell: words in, a room's function called, text out. Each command's module is loaded only
// when it is called, so that checking a file never loads what trains one.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { EngineName } from "../engine/choose.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { targetNames } from "../graph/layer-graph.ts";
import { version } from "../version.ts";
import { type ExitCode, UsageError } from "./exit.ts";
import { reportInputError, reportMistake } from "./report-mistake.ts";
import { terminalWidth, writeNote, writeOut } from "./terminal.ts";

/** `trainOptions` are those of the settings, without which no `train` is called. */
function createProgram(
  run: (command: () => Promise<ExitCode>) => Promise<void>,
  trainOptions: readonly Option[],
): Command {
  const program = new Command("cnn")
    .description("A small language for neural networks: check, explain, train and export .cnn files.")
    .version(version)
    .helpCommand(false)
    .showHelpAfterError("(`cnn COMMAND --help` lists the options)")
    .addHelpText(
      "after",
      `${examples([
        'cnn check -e "conv 32 3x3 relu; pool max 2; flatten; dense 10" --input 28x28x1',
        "cnn explain CNN204",
        "cnn summary resnet50",
        "cnn train examples/fashion_mnist.cnn",
      ])}
\`cnn COMMAND --help\` shows a command's options. Exit codes: 0 fine,
1 the input is wrong, 2 the call is wrong.`,
    )
    .exitOverride()
    // Narrow terminals wrap descriptions too.
    .configureHelp({ minWidthToWrap: 20 })
    .configureOutput({
      writeOut,
      writeErr: writeNote,
      getOutHelpWidth: terminalWidth,
      getErrHelpWidth: terminalWidth,
    });

  program
    .command("check")
    .summary("find every mistake of model files")
    .addHelpText(
      "after",
      examples([
        "cnn check model.cnn",
        "cnn check models/ --deny-warnings",
        'cnn check -e "conv 32 3x3 relu; flatten; dense 10" --input 28x28x1',
        "cnn check --fix model.cnn",
      ]),
    )
    .description("report every mistake and lint of model files; exits with 1 where there is an error")
    .argument("[paths...]", "files, folders, or - for standard input")
    .addOption(expressionOption())
    .addOption(inputOption())
    .addOption(setOption())
    .option("--fix", "apply the fixes that are safe, and report what is left")
    .option("--unsafe-fixes", "apply those too that change what the network does, or guess what was meant")
    .option("--deny-warnings", "exit with 1 where there is a warning too")
    .addOption(
      new Option("--target <name>", "also report what keeps a model from running there").choices(targetNames),
    )
    .addOption(formatOption(["human", "json", "sarif", "github"]))
    .action((paths, options) =>
      run(async () => (await import("./commands/check.ts")).runCheck(paths, options)),
    );

  program
    .command("fmt")
    .summary("write model files in one form")
    .addHelpText("after", examples(["cnn fmt models/", "cnn fmt --diff models/", "cnn fmt - < model.cnn"]))
    .description("write model files in the one form that the language has")
    .argument("[paths...]", "files, folders, or - for standard input, which is printed formatted")
    .addOption(expressionOption())
    .option("--check", "write nothing; list the files that would change and exit with 1 where there are any")
    .option(
      "--diff",
      "write nothing; show what would change, as `patch` reads it, and exit with 1 where there is any",
    )
    .action((paths, options) =>
      run(async () => (await import("./commands/fmt.ts")).runFormat(paths, options)),
    );

  program
    .command("summary")
    .summary("show shapes, parameters and costs")
    .addHelpText(
      "after",
      examples([
        "cnn summary model.cnn",
        "cnn summary resnet50 --set classes=10",
        'cnn summary -e "conv 32 3x3 relu" --input 28x28x1',
      ]),
    )
    .description("show each layer's output shape, parameters and multiply-accumulates")
    .argument("[path]", "a file, a library model, or - for standard input")
    .addOption(expressionOption())
    .addOption(modelOption())
    .addOption(inputOption())
    .addOption(setOption())
    .addOption(formatOption(["human", "json"]))
    .action((path, options) =>
      run(async () => (await import("./commands/summary.ts")).runSummary(path, options)),
    );

  program
    .command("explain")
    .summary("explain a model, or a code: CNN204")
    .addHelpText("after", examples(["cnn explain CNN204", "cnn explain model.cnn"]))
    .description("explain a model layer by layer with its arithmetic, or a diagnostic by its code")
    .argument("[subject]", "a file, a library model, - for standard input, or a code such as CNN204")
    .addOption(expressionOption())
    .addOption(modelOption())
    .addOption(inputOption())
    .addOption(setOption())
    .action((subject, options) =>
      run(async () => (await import("./commands/explain.ts")).runExplain(subject, options)),
    );

  program
    .command("list")
    .summary("list the models of the library")
    .addHelpText("after", examples(["cnn list"]))
    .description("list the models of the standard library; each goes by its name wherever a file does")
    .addOption(formatOption(["human", "json"]))
    .action((options) => run(async () => (await import("./commands/list.ts")).runList(options)));

  const train = program
    .command("train")
    .summary("train a model, into a folder of its own")
    .addHelpText(
      "after",
      examples(["cnn train model.cnn --data fashion_mnist --epochs 5", "cnn train --resume runs/model"]),
    );
  for (const option of trainOptions) train.addOption(option);
  train
    .description("train a model and keep its checkpoint, history and curves in a folder")
    .argument("[path]", "a file, a library model, or - for standard input")
    .addOption(expressionOption())
    .addOption(modelOption())
    .addOption(inputOption())
    .addOption(setOption())
    .option("--data-folder <folder>", "where to look for named data sets first")
    .addOption(engineOption(["ort", "tfjs", "auto"]))
    .option("--threads <count>", "threads of the engine (default: the machine's cores)", countOption)
    .addOption(
      new Option(
        "--device <name>",
        "what the steps run on: the processor, or any GPU through WebGPU",
      ).choices(["cpu", "webgpu"]),
    )
    .option("--run <folder>", "the run's folder (default: runs/MODEL)")
    .option("--resume [folder]", "go on with the run in that folder")
    .option("--receipt <file>", "repeat the run of a receipt, and tell what differs")
    .option("--from <run>", "start from the weights of a run, a checkpoint or a .safetensors file")
    .option("--overwrite", "start anew in a folder that holds a run")
    .option("--find-rate", "train no run: try learning rates, draw their losses, and name the best")
    .option("--export <file>", "also write the trained model as .onnx")
    .option("--no-report", "leave out the page that shows the run")
    .addOption(formatOption(["human", "json"]))
    .action((path, options) =>
      run(async () => (await import("./commands/train.ts")).runTrain(path, options)),
    );

  program
    .command("evaluate")
    .summary("measure a trained model on test data")
    .addHelpText("after", examples(["cnn evaluate runs/model"]))
    .description(
      "measure a checkpoint or an .onnx file on test data: accuracy, precision, recall, F1, AUC, calibration, confusion",
    )
    .argument("<model>", "a run's folder, a checkpoint, or an .onnx file")
    .option("--data <name>", "a data set's name, folder or file (default: what it was trained on)")
    .option("--skip-bad", "leave out and count what cannot be used")
    .option("--resize", "resize pictures to the model's input")
    .option(
      "--label <column>",
      "the column of a table that holds the label; may be said several times",
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option("--data-folder <folder>", "where to look for named data sets first")
    .option("--threads <count>", "threads of the engine (default: the machine's cores)", countOption)
    .addOption(engineOption(["ort", "tfjs"]))
    .addOption(formatOption(["human", "json"]))
    .action((model, options) =>
      run(async () => (await import("./commands/evaluate.ts")).runEvaluate(model, options)),
    );

  program
    .command("report")
    .description(
      "write the page of a run anew: network, data, curves, confusion matrix, worst mistakes, receipt",
    )
    .argument("<run>", "a run's folder")
    .option("--data <name>", "measure on the test part of other data (default: what the run held back)")
    .option("--data-folder <folder>", "where to look for named data sets first")
    .option("--threads <count>", "threads of the engine (default: the machine's cores)", countOption)
    .action((folder, options) =>
      run(async () => (await import("./commands/report.ts")).runReport(folder, options)),
    );

  program
    .command("predict")
    .summary("name the classes of pictures, or of rows of data")
    .addHelpText(
      "after",
      examples(["cnn predict runs/model shoe.png --top 5", "cnn predict runs/iris new.csv"]),
    )
    .description("name the classes of examples with probabilities, or the numbers that the model gives")
    .argument("<model>", "a run's folder, a checkpoint, or an .onnx file")
    .argument(
      "<files...>",
      "PNG, JPEG, PGM or PPM pictures; or examples in rows: a table (.csv), an array (.npy), IDX",
    )
    .option("--top <count>", "classes to show an image (default: 3)", countOption)
    .option("--rows <from..to>", "examples of a file of rows, from 1 (default: 1..10)")
    .option("--invert", "swap dark and light: for dark strokes on white paper")
    .addOption(engineOption(["ort", "tfjs"]))
    .addOption(formatOption(["human", "json"]))
    .action((model, files, options) =>
      run(async () => (await import("./commands/predict.ts")).runPredict(model, files, options)),
    );

  program
    .command("diagram")
    .description("draw a model as an SVG picture, its blocks folded until it fits on a page")
    .argument("[model]", "a model file, a model of the library, or `-`")
    .argument("[output]", "the file to write, `-` for standard output (default: the model's name with .svg)")
    .addOption(expressionOption())
    .addOption(inputOption())
    .addOption(setOption())
    .option("--depth <count>", "how many blocks deep to look (default: as deep as fits)", depthOption)
    .action((model, output, options) =>
      run(async () => (await import("./commands/diagram.ts")).runDiagram(model, output, options)),
    );

  program
    .command("export")
    .summary("write a checked .onnx file, or one for TensorFlow.js")
    .addHelpText("after", examples(["cnn export runs/model model.onnx"]))
    .description("write a model as .onnx or for TensorFlow.js, checked against the compiler's own reference")
    .argument("<model>", "a model file, a run's folder, or a checkpoint")
    .argument("[output]", "the file or folder to write (default: the model's name, with .onnx or -tfjs)")
    .addOption(modelOption())
    .addOption(inputOption())
    .addOption(setOption())
    .option(
      "--weights <file>",
      "take the weights from a checkpoint, safetensors of torchvision, or .h5 or .keras of Keras",
    )
    .option(
      "--seed <number>",
      "the seed of random weights where there is no checkpoint (default: 0)",
      seedOption,
    )
    .addOption(
      new Option("--to <format>", "onnx, or tfjs: a folder for TensorFlow.js")
        .choices(["onnx", "tfjs"])
        .default("onnx"),
    )
    .addOption(
      new Option(
        "--form <form>",
        "for TensorFlow.js: layers (tf.loadLayersModel, the default), or graph (tf.loadGraphModel, for inference alone)",
      ).choices(["layers", "graph"]),
    )
    .option("--opset <number>", "the ONNX operator set (default: 20)", countOption)
    .addOption(
      new Option("--layout <layout>", "how the exported model takes images")
        .choices(["channels_first", "channels_last"])
        .default("channels_first"),
    )
    .option(
      "--external-data",
      "write the weights beside the model, into NAME.onnx.data; without it only above 2 GiB",
    )
    .option("--classes <names>", "class names, separated by commas")
    .action((model, output, options) =>
      run(async () => (await import("./commands/export.ts")).runExport(model, output, options)),
    );

  program
    .command("import")
    .summary("make a .cnn file of a Keras or TensorFlow.js model")
    .addHelpText("after", examples(["cnn import model.json", "cnn import model.keras net.cnn"]))
    .description(
      "write a model of Keras' layers as a .cnn file, its weights as .safetensors beside it; compared with the original where TensorFlow.js opens that",
    )
    .argument(
      "<model>",
      "a model.json of TensorFlow.js, a .keras file, or a configuration that model.to_json() gave",
    )
    .argument("[output]", "the .cnn file to write (default: the model's name)")
    .option("--overwrite", "write over files that are there")
    .action((model, output, options) =>
      run(async () => (await import("./commands/import.ts")).runImport(model, output, options)),
    );

  program
    .command("doctor")
    .summary("say which engines are there")
    .description("say which engines, devices and versions are there, and what to do about what is missing")
    .addOption(formatOption(["human", "json"]))
    .action((options) => run(async () => (await import("./commands/doctor.ts")).runDoctor(options)));

  return program;
}

/** Calls to start from, below a command's options. */
function examples(calls: readonly string[]): string {
  return `\nExamples:\n${calls.map((call) => `  ${call}\n`).join("")}`;
}

const expressionOption = (): Option => new Option("-e, --expression <text>", "take the model from this text");
const modelOption = (): Option => new Option("--model <name>", "which model of a file with several");
const inputOption = (): Option =>
  new Option("--input <shape>", "the input's shape: 28x28x1, or name=28x28x1").argParser(
    (text: string, earlier: string[] | undefined) => [...(earlier ?? []), text],
  );
const setOption = (): Option =>
  new Option("--set <name=value>", "set a parameter of the model").argParser(
    (text: string, earlier: string[] | undefined) => [...(earlier ?? []), text],
  );
const engineOption = (choices: readonly EngineName[]): Option =>
  new Option(
    "--engine <engine>",
    choices.length > 2
      ? "what computes: ort (ONNX Runtime), tfjs (TensorFlow.js), auto (the faster)"
      : "what computes: ort (ONNX Runtime) or tfjs (TensorFlow.js)",
  ).choices(choices);
const formatOption = (choices: string[]): Option =>
  new Option("--format <format>", "how to print").choices(choices).default("human");

function numberOption(text: string, sound: (value: number) => boolean, what: string): number {
  const value = text.trim() === "" ? NaN : Number(text.replaceAll("_", ""));
  if (!sound(value)) throw new InvalidArgumentError(`Expected ${what}.`);
  return value;
}
const countOption = (text: string): number =>
  numberOption(text, (value) => Number.isSafeInteger(value) && value >= 1, "a whole number from 1");
const depthOption = (text: string): number =>
  numberOption(text, (value) => Number.isSafeInteger(value) && value >= 0, "a whole number from 0");
const seedOption = (text: string): number =>
  numberOption(
    text,
    (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
    "a whole number from 0",
  );

/** For a file or a code in place of a command: what is mostly meant. */
function helpForFirstWord(word: string): string {
  if (/^cnn\d{3}$/i.test(word)) return `  = help: cnn explain ${word.toUpperCase()}\n`;
  return word.endsWith(".cnn") ? `  = help: cnn check ${word}\n` : "";
}

async function main(): Promise<number> {
  let exitCode: ExitCode = 0;
  // Only the command that takes them waits for the tables of all settings to be read.
  const trains = process.argv.includes("train");
  const trainOptions = trains ? (await import("./setting-options.ts")).settingOptions() : [];
  const program = createProgram(async (command) => {
    exitCode = await command();
  }, trainOptions);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === "commander.unknownCommand") writeNote(helpForFirstWord(process.argv[2] ?? ""));
      return error.exitCode === 0 ? 0 : 2;
    }
    if (error instanceof UsageError) {
      reportMistake(error.message, error.help);
      return 2;
    }
    if (error instanceof InputError) {
      reportInputError(error);
      return 1;
    }
    reportMistake(
      `a mistake of the compiler (cnn ${version}): ${error instanceof Error ? error.message : String(error)}`,
      "please report it with the model and the command; CNN_DEBUG=1 shows where it happened",
    );
    if (process.env["CNN_DEBUG"] && error instanceof Error) writeNote(`${error.stack}\n`);
    return 1;
  }
  return exitCode;
}

void main().then((code) => (process.exitCode = code));
