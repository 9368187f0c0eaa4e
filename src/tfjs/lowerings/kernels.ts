import type { InitializerWord } from "../../layers/initializers.ts";
import type { TensorFlow } from "../tensorflow.ts";

/** TensorFlow.js' words for Keras' initialisers. */
const initializerWords = {
  glorot_uniform: "glorotUniform",
  glorot_normal: "glorotNormal",
  he_uniform: "heUniform",
  he_normal: "heNormal",
  lecun_uniform: "leCunUniform",
  lecun_normal: "leCunNormal",
  random_uniform: "randomUniform",
  random_normal: "randomNormal",
  zeros: "zeros",
  ones: "ones",
} as const satisfies Readonly<Record<InitializerWord, string>>;

interface KernelArguments {
  readonly init: InitializerWord;
  readonly l1: number;
  readonly l2: number;
}

interface KernelContext {
  readonly tf: TensorFlow;
  readonly arguments: KernelArguments;
  readonly training: boolean;
}

/**
 * What a file says of how a kernel starts and what its size costs, so that whoever trains the model on finds it as it was. A run
 * has its own penalty and weights.
 */
export function kernelConfig({ tf, arguments: { init, l1, l2 }, training }: KernelContext): {
  readonly initializer: (typeof initializerWords)[InitializerWord];
  readonly regularizer: ReturnType<TensorFlow["regularizers"]["l1l2"]> | null;
} {
  if (training) return { initializer: "zeros", regularizer: null };
  const isPenalized = l1 > 0 || l2 > 0;
  return {
    initializer: initializerWords[init],
    regularizer: isPenalized ? tf.regularizers.l1l2({ l1, l2 }) : null,
  };
}
