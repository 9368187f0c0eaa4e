import { type ExampleProgram, type Explanation, lines } from "./explanation.ts";

/** A used model with weights from a file, of which the tensors and their shapes are listed. */
function transfer(file: string, files: ExampleProgram["files"] = {}, features = plain): ExampleProgram {
  const text = lines(
    'use "features.cnn"',
    "",
    "model pets {",
    "  input 28x28x1",
    `  base: features weights="${file}"`,
    "  freeze base",
    "  flatten",
    "  dense 3 softmax",
    "}",
    "",
  );
  return { text, command: "train", files: { "features.cnn": features, ...files } };
}

const plain = "model features { input 28x28x1; conv 4 3x3 relu; pool max 2 }\n";
const own = lines("conv2d/kernel 3x3x1x4", "conv2d/bias 4", "");
const mended = transfer("features.safetensors", { "features.safetensors": own });

const layouts = lines(
  "model features(variant = keras) {",
  "  input 28x28x1",
  "  if variant == torchvision { conv 4 3x3 pad=1 relu } else { conv 4 3x3 same relu }",
  "  pool max 2",
  "}",
  "",
);
const table = lines(
  '{ "torchvision": { "variants": ["torchvision"], "names": [{ "layers": { "conv.0": "conv1" } }] } }',
  "",
);
const torch = lines("conv1.weight 4x1x3x3", "conv1.bias 4", "");
const layout = transfer(
  "torch.safetensors",
  { "features.weights.json": table, "torch.safetensors": torch },
  layouts,
);

/** CNN6xx: files of weights, when a model is trained or exported with them. */
export const weightsExplanations = {
  CNN600: {
    meaning: lines(
      'A used model asks for the weights of a file, `weights="features.safetensors"`, or `--weights` names one, and',
      "there is no such file, or it may not be read. In a program the name is relative to the program's own folder,",
      "wherever the command is called from; `cnn check` looks whether it is there, and reads nothing of it. Weights do not come with the library: train the model, or bring a file of",
      "Keras' or PyTorch's (docs/weights.md).",
    ),
    wrong: transfer("feature.safetensors", { "features.safetensors": own }),
    mended,
    elsewhere: lines(
      'Keras downloads weights where `weights="imagenet"` is said; here nothing is downloaded unseen.',
    ),
  },
  CNN601: {
    meaning: lines(
      "The file begins or goes on in a way in which no file of weights does: it was cut off on its way, is a page of the web",
      "that says why there is no download, or a pointer of Git LFS in place of the file. Compare its size with what it",
      "should be, and bring it again. Files of ours and of PyTorch's are safetensors; Keras' are `.h5` and `.keras`.",
    ),
    wrong: transfer("features.safetensors", {
      "features.safetensors": lines(
        "version https://git-lfs.github.com/spec/v1",
        "oid sha256:4cac1d9f4c0b4e0c7e7c8d2e0f5b7c1d",
        "size 160",
        "",
      ),
    }),
    mended,
  },
  CNN602: {
    meaning: lines(
      "What `torch.save` writes, mostly called `.pt` or `.pth`, is a pickle: a small program that makes the numbers when it is",
      "run, and may do anything else. It is not run. Write the numbers alone, once, in Python:",
      "",
      "```python",
      "safetensors.torch.save_file(model.state_dict(), 'features.safetensors')",
      "```",
    ),
    wrong: transfer("features.pth", { "features.pth": "(the bytes of a pickle)\n" }),
    mended,
    elsewhere: lines("PyTorch asks for `weights_only=True` for the same reason."),
  },
  CNN603: {
    meaning: lines(
      "The file holds weights, but not those of this model: some have another shape, some are missing, or some are left over.",
      "The message lists the first of them. Mostly the file was made with other parameters (another number of classes or",
      "filters): use the same here, by name after the model's word or with `--set`. `top=no`, where a model has it, takes a",
      "file's base without its classifier.",
    ),
    wrong: transfer("features.safetensors", {
      "features.safetensors": lines("conv2d/kernel 3x3x1x8", "conv2d/bias 8", ""),
    }),
    mended,
    elsewhere: lines("PyTorch: `Error(s) in loading state_dict … size mismatch`."),
  },
  CNN604: {
    meaning: lines(
      "The names in the file are those of another library, and nothing says which of them belongs to which layer of this",
      "model. The library's models have a table for that, `resnet.weights.json` beside `resnet.cnn`; a model of your own takes",
      "files of its own, or a table of its own (docs/weights.md shows how it is written).",
    ),
    wrong: transfer("torch.safetensors", { "torch.safetensors": torch }),
    mended,
  },
  CNN605: {
    meaning: lines(
      "The file is of a layout that computes something else with weights of the same names and shapes: PyTorch's ResNet has its",
      "stride in another convolution than Keras', pads otherwise, and so on. With them the model would run and answer wrongly.",
      "Build the model in the file's layout, by its parameter `variant`.",
    ),
    wrong: layout,
    mended: {
      ...layout,
      text: layout.text.replace("features weights", "features variant=torchvision weights"),
    },
  },
  CNN606: {
    meaning: lines(
      "A weight in the file is NaN or infinite. A training, a prediction or an export with it would give no numbers either, or, behind a",
      "layer that saturates such as `tanh`, numbers that mean nothing. Such weights come from a training that went beyond all",
      "numbers before it was saved, or from a conversion to a smaller type.",
    ),
    wrong: transfer("features.safetensors", {
      "features.safetensors": lines("conv2d/kernel 3x3x1x4", "conv2d/bias 4 of NaN", ""),
    }),
    mended,
    elsewhere: lines("Keras and PyTorch load such weights without a word."),
  },
} satisfies Readonly<Record<string, Explanation>>;
