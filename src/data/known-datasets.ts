// The data sets that have a name of their own, as facts: nothing is read here, so that shapes and classes can be had at once.
import type { ImageShape } from "./dataset.ts";

/** A file as its publishers offer it. */
export interface PublishedFile {
  readonly name: string;
  readonly bytes: number;
  /** Checksum of the file as it is transferred (compressed). */
  readonly sha256: string;
}

/** What is known of a data set before it is read. */
export interface KnownDataset {
  readonly name: string;
  readonly title: string;
  readonly shape: ImageShape;
  readonly classNames: readonly string[];
  readonly trainCount: number;
  readonly testCount: number;
  /** Names of folders that may hold it. */
  readonly folders: readonly string[];
  /** Addresses that the names of the files are appended to, in the order in which they are tried. */
  readonly mirrors: readonly string[];
  /** Training images, training labels, test images, test labels; none for data that is made here. */
  readonly files: readonly PublishedFile[];
}

const digitNames = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Sizes and checksums of the files are those that TensorFlow Datasets publishes and checks. */
export const knownDatasets: readonly KnownDataset[] = [
  {
    name: "digits",
    title: "handwritten digits, drawn by cnn-lang itself",
    shape: [28, 28, 1],
    classNames: digitNames,
    trainCount: 10_000,
    testCount: 2_000,
    folders: [],
    mirrors: [],
    files: [],
  },
  {
    name: "fashion_mnist",
    title: "Fashion-MNIST: articles of clothing (Zalando Research, 2017)",
    shape: [28, 28, 1],
    classNames: [
      "T-shirt/top",
      "Trouser",
      "Pullover",
      "Dress",
      "Coat",
      "Sandal",
      "Shirt",
      "Sneaker",
      "Bag",
      "Ankle boot",
    ],
    trainCount: 60_000,
    testCount: 10_000,
    folders: ["fashion-mnist", "fashion_mnist", "FashionMNIST/raw"],
    mirrors: [
      "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
      "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
    ],
    files: [
      {
        name: "train-images-idx3-ubyte.gz",
        bytes: 26_421_880,
        sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      },
      {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 29_515,
        sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      },
      {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 4_422_102,
        sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      },
      {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 5_148,
        sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      },
    ],
  },
  {
    name: "mnist",
    title: "MNIST: handwritten digits (LeCun, Cortes, Burges, 1998)",
    shape: [28, 28, 1],
    classNames: digitNames,
    trainCount: 60_000,
    testCount: 10_000,
    folders: ["mnist", "MNIST/raw", "MNIST"],
    mirrors: [
      "https://ossci-datasets.s3.amazonaws.com/mnist/",
      "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    files: [
      {
        name: "train-images-idx3-ubyte.gz",
        bytes: 9_912_422,
        sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      },
      {
        name: "train-labels-idx1-ubyte.gz",
        bytes: 28_881,
        sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
      },
      {
        name: "t10k-images-idx3-ubyte.gz",
        bytes: 1_648_877,
        sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      },
      {
        name: "t10k-labels-idx1-ubyte.gz",
        bytes: 4_542,
        sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
      },
    ],
  },
];

/** The data set of a name; `fashion-mnist` and `Fashion_MNIST` are the same name as `fashion_mnist`. */
export function findKnownDataset(name: string): KnownDataset | undefined {
  const plain = name.toLowerCase().replaceAll("-", "_");
  return knownDatasets.find((known) => known.name === plain);
}
