import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { applyFixes } from "../../src/diagnostics/edits.ts";
import { SourceFile } from "../../src/source/source-file.ts";

function errorsOf(file: SourceFile): readonly Diagnostic[] {
  return compile(file).diagnostics.filter(({ severity }) => severity === "error");
}

function mended(text: string): string {
  return applyFixes(new SourceFile("pasted.cnn", text), errorsOf, { allowUnsafe: true }).file.text;
}

describe("a layer of Keras or PyTorch, pasted as it is, is one mistake with its translation", () => {
  test.each([
    [`model.add(Conv2D(32, (3,3), activation='relu'))`, "conv 32 3x3 relu"],
    [
      `model.add(layers.Conv2D(filters=8, kernel_size=5, strides=(2, 2), padding="same", use_bias=False))`,
      "conv 8 5x5 same stride=2 bias=no",
    ],
    [`x = layers.Conv2D(32, 3, activation="relu", name="stem")(x)`, "stem: conv 32 3x3 relu"],
    [`x = tf.keras.layers.MaxPooling2D((2, 2))(x)`, "pool max 2"],
    [`x = AveragePooling2D(pool_size=3, strides=2, padding='same')(x)`, "pool avg 3 same stride=2"],
    [`model.add(Conv1D(16, 5, padding='causal', dilation_rate=2))`, "conv 16 5 causal dilation=2"],
    [`model.add(BatchNormalization(momentum=0.9))`, "bn momentum=0.9"],
    [`model.add(Dropout(0.5))`, "dropout 0.5"],
    [`model.add(Activation("relu"))`, "relu"],
    [`model.add(GlobalAveragePooling2D())`, "global_pool avg"],
    [`model.add(UpSampling2D(size=(2, 2)))`, "upsample 2"],
    [`model.add(Dense(units=10, activation="softmax"))`, "dense 10 softmax"],
    [`Flatten()`, "flatten"],
    [`nn.Conv2d(3, 16, 3, padding=1),`, "conv 16 3x3 pad=1"],
    [
      `nn.Conv2d(in_channels=3, out_channels=16, kernel_size=(3, 5), stride=2, bias=False)`,
      "conv 16 3x5 stride=2 bias=no",
    ],
    [`nn.Linear(16 * 5 * 5, 120)`, "dense 120"],
    [`nn.MaxPool2d(2, 2),`, "pool max 2 stride=2"],
    [`nn.BatchNorm2d(64),`, "bn momentum=0.9 epsilon=1e-5"],
    [`nn.LeakyReLU(0.2, inplace=True)`, "leaky_relu 0.2"],
    [`nn.ReLU(inplace=True)`, "relu"],
    [`nn.Dropout(p=0.25)`, "dropout 0.25"],
  ])("%s", (written, meant) => {
    const around = (line: string): string => `input 32x32x3\n${line}\n`;
    const file = new SourceFile("pasted.cnn", around(written));
    expect(errorsOf(file).map(({ code, message }) => [code, message])).toEqual([
      ["CNN008", `this is Python; here it is written \`${meant}\``],
    ]);
    expect(errorsOf(file)[0]!.fix!.edits).toHaveLength(1);
    const { fix } = errorsOf(file)[0]!;
    expect(fix!.edits[0]!.text).toBe(meant);
  });
});

describe("whole programs", () => {
  test("a Sequential model of Keras, with Keras' number of parameters after the fix", () => {
    const text = `from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential()
model.add(layers.Conv2D(32, (3, 3), activation='relu', input_shape=(28, 28, 1)))
model.add(layers.MaxPooling2D((2, 2)))
model.add(layers.Flatten())
model.add(layers.Dense(10, activation='softmax'))
model.summary()
`;
    expect(errorsOf(new SourceFile("pasted.cnn", text)).map(({ code }) => code)).toEqual(["CNN008"]);
    const result = mended(text);
    expect(result.trim()).toBe("input 28x28x1\nconv 32 3x3 relu\npool max 2\nflatten\ndense 10 softmax");
    // 3*3*32 + 32, and 13*13*32*10 + 10
    expect(compile(new SourceFile("mended.cnn", result)).model.totals.parameters.value).toBe(320 + 54_090);
  });

  test("the functional form, whose tensors follow each other", () => {
    const text = `inputs = keras.Input(shape=(28, 28, 1))
x = layers.Conv2D(8, 3, activation="relu")(inputs)
x = layers.Flatten()(x)
outputs = layers.Dense(10)(x)
model = keras.Model(inputs=inputs, outputs=outputs)
`;
    expect(mended(text)).toBe("input 28x28x1\nconv 8 3x3 relu\nflatten\ndense 10\n");
  });

  test("a Sequential of PyTorch", () => {
    const text = `net = nn.Sequential(
    nn.Conv2d(3, 16, 3, padding=1),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(16 * 16 * 16, 10),
)
`;
    expect(mended(`input 32x32x3\n${text}`).replace(/^\s+/gm, "")).toBe(
      "input 32x32x3\nconv 16 3x3 pad=1\nrelu\npool max 2\nflatten\ndense 10\n",
    );
  });

  test("what cannot be translated for certain is told without a fix, and nothing is told of what follows from it", () => {
    for (const text of [
      "class Net(nn.Module):\n    def forward(self, x):\n        return self.fc(x)\n",
      "a = layers.Dense(3)(x)\nb = layers.Dense(3)(x)\nc = layers.Add()([a, b])\n",
      "model.add(Dense(units))\n",
      "model.add(Dense(10, kernel_regularizer=l2(0.01)))\n",
    ]) {
      const [finding, ...others] = errorsOf(
        new SourceFile("pasted.cnn", `input 8x8x3\n${text}flatten\ndense 2\n`),
      );
      expect(finding).toMatchObject({ code: "CNN008" });
      expect(finding!.fix).toBeUndefined();
      expect(others).toEqual([]);
    }
  });

  test("a call of fit is lost in translation, so that the fix waits for a person", () => {
    const text = "model.add(Dense(10, input_shape=(4,)))\nmodel.fit(x, y, epochs=5)\n";
    expect(errorsOf(new SourceFile("pasted.cnn", text))).toMatchObject([
      { code: "CNN008", fix: { isUnsafe: true } },
    ]);
  });

  test("programs of this language hold no Python", () => {
    for (const text of [
      "input left 8\na: dense 8\nfrom left\nadd a\n",
      "let width = round(8 * 2, 4)\ninput 4\ndense width relu\n",
      "block Unit(f) { dense f }\ninput 4\nUnit 3\n",
      "model wide(\n  phi = 1,\n  units = round(8*1.5**phi),\n  most = max(units, 16)\n) { input 4; dense units; dense most }\n",
    ]) {
      expect(errorsOf(new SourceFile("own.cnn", text))).toEqual([]);
    }
    expect(
      errorsOf(new SourceFile("own.cnn", "block Unit(f) { dense f }\ninput 4\nUnit(3)\n")),
    ).toMatchObject([{ code: "CNN007" }]);
  });
});
