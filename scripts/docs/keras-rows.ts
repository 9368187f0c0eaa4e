/** What stands in the language for a Keras class: a statement on an input of a shape, both as a program writes them. */
export interface StandIn {
  /** Keras' names, each with the input and the statement (or statements, between `;`) that stand for it. */
  readonly classes: Readonly<Record<string, readonly [input: string, statements: string]>>;
  /** With which arguments of Keras', where the statement is no layer of the same class: it computes the same, otherwise put. */
  readonly standsFor?: string;
  /** What differs beside the arguments that the tables tell themselves. */
  readonly differs?: string;
}

/** Classes for which there is nothing. */
export interface Missing {
  readonly classes: readonly string[];
  readonly why: string;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly StandIn[];
}

const [sequence, image, volume] = ["128x8", "28x28x8", "16x16x16x8"];
const twoImages = "a 28x28x8; input b 28x28x8";

/** The same statement for a sequence, an image and a volume. */
function ranks(name: (suffix: string) => string, statement: string, count: 2 | 3 = 3): StandIn["classes"] {
  const inputs = [sequence, image, volume].slice(0, count);
  return Object.fromEntries(inputs.map((input, index) => [name(`${index + 1}D`), [input, statement]]));
}

const convolutionDiffers = "Padding may also be said in cells: `pad=1`.";
const poolDiffers = "Padding may also be said in cells, which are never chosen and not counted: `pad=1`.";
const mergeDiffers =
  "Joins the tensor above with those named, or branches: see [Graphs](language.md#graphs).";

/** Keras' layers for which the language has something, by family. */
export const kerasSections: readonly Section[] = [
  {
    title: "Core",
    rows: [
      {
        classes: { InputLayer: [image, ""] },
        differs:
          "The batch is never said; an open size is `?`, or a name that means the same size everywhere.",
      },
      { classes: { Dense: ["784", "dense 10 softmax"] } },
      {
        classes: { Activation: [image, "tanh"] },
        differs:
          "The activation is a word of its own. `glu` and `threshold`, which Keras takes there as functions alone, are layers.",
      },
      { classes: { Embedding: ["100", "embedding 5000 32"] }, differs: "No index is masked." },
      {
        classes: { EinsumDense: ["20x32", "dense 64"] },
        standsFor: '`EinsumDense("abc,cd->abd", (20, 64), bias_axes="d")`: a sum over the last axis',
      },
      {
        classes: { Identity: [image, "linear"] },
        standsFor: "`Identity()`",
        differs: "Beside other branches an empty one: `branch { }`.",
      },
      {
        classes: { TimeDistributed: ["20x32", "dense 64"] },
        standsFor:
          "`TimeDistributed(Dense(64))`: `dense` and the activations work on each position alike anyway",
        differs: "A convolution of each step is one with a window of 1 along that axis: `conv 8 1x3x3`.",
      },
    ],
  },
  {
    title: "Convolution",
    rows: [
      { classes: ranks((suffix) => `Conv${suffix}`, "conv 32 3 relu"), differs: convolutionDiffers },
      {
        classes: ranks((suffix) => `Conv${suffix}Transpose`, "conv_transpose 16 3 stride=2 same"),
        differs: "Cells to take off may also be said: `pad=1`.",
      },
      {
        classes: ranks((suffix) => `SeparableConv${suffix}`, "separable 16 3 same", 2),
        differs: `${convolutionDiffers} \`init\`, \`l1\` and \`l2\` are for both kernels. No \`causal\`.`,
      },
      {
        classes: ranks((suffix) => `DepthwiseConv${suffix}`, "depthwise 3 same", 2),
        differs: `${convolutionDiffers} No \`causal\`.`,
      },
    ],
  },
  {
    title: "Pooling",
    rows: [
      {
        classes: ranks((suffix) => `MaxPooling${suffix}`, "pool max 2"),
        differs: poolDiffers,
      },
      {
        classes: ranks((suffix) => `AveragePooling${suffix}`, "pool avg 3 stride=2 same"),
        differs: poolDiffers,
      },
      { classes: ranks((suffix) => `GlobalMaxPooling${suffix}`, "global_pool max") },
      { classes: ranks((suffix) => `GlobalAveragePooling${suffix}`, "global_pool avg") },
      {
        classes: ranks((suffix) => `AdaptiveMaxPooling${suffix}`, "pool max 4"),
        standsFor: "an `output_size` of a quarter of each axis; for 1 `global_pool max keepdims=yes`",
        differs: "The output's size must divide the input's: the window is the quotient, written out.",
      },
      {
        classes: ranks((suffix) => `AdaptiveAveragePooling${suffix}`, "pool avg 4"),
        standsFor: "an `output_size` of a quarter of each axis; for 1 `global_pool avg keepdims=yes`",
        differs: "The output's size must divide the input's: the window is the quotient, written out.",
      },
    ],
  },
  {
    title: "Shape",
    rows: [
      { classes: { Flatten: [image, "flatten"] } },
      { classes: { Reshape: ["784", "reshape 28x28x1"] }, differs: "`?` is worked out, as -1 is." },
      { classes: { Permute: [image, "permute 2x1x3"] } },
      { classes: { RepeatVector: ["32", "repeat_vector 5"] } },
      { classes: ranks((suffix) => `ZeroPadding${suffix}`, "pad 1") },
      { classes: ranks((suffix) => `Cropping${suffix}`, "crop 1") },
      {
        classes: ranks((suffix) => `UpSampling${suffix}`, "upsample 2"),
        differs: "`nearest` and `bilinear` alone, `bilinear` for images.",
      },
      {
        classes: { CenterCrop: [image, "crop 2"] },
        standsFor: "`CenterCrop(24, 24)`",
        differs:
          "The cells to take off are said, not the size that is left; smaller images are not enlarged.",
      },
      {
        classes: { Resizing: [image, "upsample 2 bilinear"] },
        standsFor: "`Resizing(56, 56)`",
        differs: "Whole multiples of the input's size alone; other sizes are for the data.",
      },
    ],
  },
  {
    title: "Normalisation",
    rows: [
      {
        classes: { BatchNormalization: [image, "bn"] },
        differs: "Over the last axis alone. A frozen one (`trainable=no`) uses its running statistics.",
      },
      { classes: { LayerNormalization: [image, "layer_norm"] }, differs: "Over the last axis alone." },
      {
        classes: { GroupNormalization: [image, "group_norm 4"] },
        differs: "For `groups=-1` there is `instance_norm`.",
      },
      { classes: { RMSNormalization: [image, "rms_norm"] }, differs: "Over the last axis alone." },
    ],
  },
  {
    title: "Regularisation",
    rows: [
      { classes: { Dropout: ["128", "dropout 0.5"] }, differs: "Every number is dropped on its own." },
      { classes: ranks((suffix) => `SpatialDropout${suffix}`, "spatial_dropout 0.2") },
      { classes: { GaussianNoise: [image, "gaussian_noise 0.1"] } },
      { classes: { GaussianDropout: ["128", "gaussian_dropout 0.3"] } },
    ],
  },
  {
    title: "Activations",
    rows: [
      {
        classes: { ReLU: [image, "relu"] },
        differs: "`max_value=6` is `relu6`, a `negative_slope` is `leaky_relu`.",
      },
      {
        classes: { LeakyReLU: [image, "leaky_relu 0.1"] },
        differs: "As another layer's argument the slope is 0.2 where it is left out, as in Keras.",
      },
      { classes: { ELU: [image, "elu"] } },
      { classes: { PReLU: [image, "prelu shared=1x2"] } },
      { classes: { Softmax: ["10", "softmax"] }, differs: "Over the last axis alone; no mask." },
    ],
  },
  {
    title: "Merging",
    rows: [
      { classes: { Add: [twoImages, "add a"] }, differs: mergeDiffers },
      { classes: { Subtract: [twoImages, "subtract a"] }, differs: mergeDiffers },
      { classes: { Multiply: [twoImages, "multiply a"] }, differs: mergeDiffers },
      { classes: { Average: [twoImages, "average a"] }, differs: mergeDiffers },
      { classes: { Maximum: [twoImages, "maximum a"] }, differs: mergeDiffers },
      { classes: { Minimum: [twoImages, "minimum a"] }, differs: mergeDiffers },
      {
        classes: { Concatenate: [twoImages, "concat a"] },
        differs: `${mergeDiffers} The axis may be said by name: \`axis=height\`.`,
      },
      { classes: { Dot: ["a 64; input b 64", "dot a normalize=yes"] } },
    ],
  },
  {
    title: "Attention",
    rows: [
      {
        classes: { MultiHeadAttention: ["20x32", "attention 4"] },
        differs:
          "Self-attention alone: query, key and value are the one input. No mask. On an image all positions are one sequence.",
      },
      {
        classes: { Attention: ["v 30x32; input q 20x32", "dot v axes=2; softmax; dot v axes=2x1"] },
        standsFor: "`Attention()([q, v])`",
        differs: "Written out, so a scale is a `rescale` before `softmax`. No mask.",
      },
      {
        classes: { GroupQueryAttention: ["20x32", "attention 4 key=8"] },
        standsFor: "as many heads of keys as of queries, called with its input as query and value",
        differs: "Keys and values cannot be shared by groups of heads. No mask.",
      },
    ],
  },
  {
    title: "Numbers that come in",
    rows: [
      { classes: { Rescaling: [image, "rescale 1/255"] }, differs: "One scale and offset for all channels." },
      {
        classes: { Normalization: [image, "normalize mean=0.286 variance=0.125"] },
        differs:
          "A mean and variance that are given count for all channels alike. Over the last axis, never inverted.",
      },
    ],
  },
];

/** Statements of the language that no Keras class stands for, each with what it is. */
export const ownRows: readonly (readonly [input: string, statement: string, remark: string])[] = [
  [image, "lrn 5", "Local response normalisation, as in AlexNet and in ONNX' `LRN`."],
  [image, "glu", "Keras' function `activations.glu`: half of the channels gate the other half."],
  [
    image,
    "threshold 0.5",
    "Keras' function `activations.threshold`: what is not above the threshold becomes 0.",
  ],
  [
    "10",
    "sparsemax",
    "Keras' function `activations.sparsemax` as its paper defines it; Keras 3.15 computes τ from the wrong sums, and its results do not add up to 1.",
  ],
  [image, "layer_scale 1e-6", "A learned factor for each channel, as in Keras' ConvNeXt."],
  [image, "instance_norm", "Keras' `GroupNormalization(groups=-1)`, under its own name."],
  [image, "pool min 2", "The smallest number of a window."],
  [image, "pool sum 2", "The sum of a window."],
  ["84", "rbf 10 codes=digits", "The squared distances from fixed codes, the output of LeNet-5 (1998)."],
];

/** Keras' layers that change examples in training: each with the word of `augment { … }` that stands for it. */
export const augmentationRows: Readonly<Record<string, readonly [change: string, differs?: string]>> = {
  RandomFlip: ["flip horizontal", "One direction unless `both` is said."],
  RandomTranslation: ["shift 0.1"],
  RandomRotation: ["rotation 0.05"],
  RandomZoom: ["zoom 0.1"],
  RandomBrightness: ["brightness 0.2"],
  RandomContrast: ["contrast 0.2"],
  RandomHue: ["hue 0.05", "Keras' factor is twice the share."],
  MixUp: ["mixup 0.2"],
  CutMix: ["cutmix 1"],
  RandomCrop: [
    "crop 4",
    "The image keeps its size: cells are added on every side, then a window is cut out.",
  ],
  RandomErasing: ["cutout 0.25", "A square of one size, whose share of the side is said."],
  RandomSaturation: ["saturation 0.3", "The amount is how far the factor goes from 1."],
  RandomGrayscale: ["saturation [-1, -1] probability=0.1"],
  RandomColorJitter: ["brightness 0.2; contrast 0.2; saturation 0.3; hue 0.05", "Each change is said."],
};

const colours =
  "Of changes of colour, `augment` has brightness, contrast, saturation and hue; change the images of the data for others.";
const recurrent =
  "A network has no state that passes from step to step. For sequences there are `conv` with `causal` padding and a dilation, and `attention`.";
const encodings =
  "The data hold numbers: encode them before, as indices for `embedding` or as columns of 0 and 1.";
const foreignCode = "A model is layers of the language alone, and runs no code of other libraries.";

/** Keras' layers for which the language has nothing, and why. */
export const missing: readonly Missing[] = [
  {
    classes: ["GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "SimpleRNN", "SimpleRNNCell", "StackedRNNCells"],
    why: recurrent,
  },
  { classes: ["Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"], why: recurrent },
  {
    classes: ["Masking"],
    why: "No layer knows masks: every step counts. Bring the sequences to one length, or leave the length open with `?`.",
  },
  {
    classes: ["Lambda"],
    why: "A model holds no code; write the function with layers: `rescale`, `multiply`, `dot`, the activations.",
  },
  { classes: ["FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"], why: foreignCode },
  {
    classes: ["InputSpec", "Layer", "Wrapper"],
    why: "No layers by themselves, but what Keras' own are made from; layers of one's own are written as a `block`.",
  },
  {
    classes: ["Pipeline"],
    why: "Layers stand one below another as they are; a `block` gives several one name.",
  },
  {
    classes: ["ActivityRegularization"],
    why: "The loss can grow with kernels (`l1`, `l2` of their layers), not with what a layer gives.",
  },
  { classes: ["AlphaDropout"], why: "For `selu` networks alone; elsewhere `dropout` is meant." },
  { classes: ["SpectralNormalization"], why: "Kernels are not changed before they are used." },
  {
    classes: ["UnitNormalization"],
    why: "Vectors are not brought to length 1 by themselves: `dot normalize=yes` compares two so, `rms_norm` gives them one mean square.",
  },
  {
    classes: ["AdditiveAttention"],
    why: "Only attention by dot products: `attention`, or `dot` and `softmax`.",
  },
  {
    classes: ["ReversibleEmbedding"],
    why: "`embedding` does its way forwards; a table that is used both ways cannot be said.",
  },
  {
    classes: ["CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup"],
    why: encodings,
  },
  { classes: ["StringLookup", "TextVectorization"], why: encodings },
  {
    classes: ["MelSpectrogram", "STFTSpectrogram"],
    why: "Compute spectra when the data are made; a learned filter bank is a `conv` over the samples.",
  },
  { classes: ["MaxNumBoundingBoxes"], why: "There are no bounding boxes in the data." },
  {
    classes: ["AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "Equalization", "RandomInvert"],
    why: colours,
  },
  {
    classes: ["RandomColorDegeneration", "RandomPosterization", "RandomSharpness", "Solarization"],
    why: colours,
  },
  { classes: ["RandomGaussianBlur"], why: colours },
  {
    classes: ["RandomElasticTransform", "RandomPerspective", "RandomShear"],
    why: "Of changes of place, `augment` has flip, shift, crop, rotation and zoom.",
  },
  {
    classes: ["AugMix", "RandAugment"],
    why: "Policies over changes of which several are not here; say in `augment { … }` which changes there shall be.",
  },
];
