import type { ShapedLayer } from "../analyze/shaped-graph.ts";
import type { DiagnosticCode } from "../diagnostics/catalogue.ts";
import type { Fix, Label } from "../diagnostics/diagnostic.ts";
import type { Span } from "../source/source-file.ts";
import type { Network } from "./network.ts";

/** The codes of rules; CNN59x are about budgets and `allow` comments. */
export type LintCode = Exclude<Extract<DiagnosticCode, `CNN5${string}`>, `CNN59${string}`>;

/** What a rule has found, before it is placed in the text. */
export interface Finding {
  /** The layer at fault, or a place in the text. */
  readonly at: ShapedLayer | Span;
  /** The argument that the label points at, where the user gave it. */
  readonly argument?: string;
  readonly message: string;
  /** Said under the place. */
  readonly text?: string;
  readonly arithmetic?: string;
  readonly labels?: readonly Label[];
  readonly notes?: readonly string[];
  readonly help: string;
  /** Left out where the statement runs several times and is at fault in some of them alone. */
  readonly fix?: Fix | undefined;
  /** True where the network computes the same with the same weights after the fix; any other is for a person to decide. */
  readonly fixKeepsNetwork?: boolean;
  /** True where a statement that runs several times is at fault only if it is so every time. */
  readonly isOnlyAlways?: boolean;
}

/** Looks through a network; conservative, since a false alarm teaches people to look away. */
export type Rule = (network: Network) => Iterable<Finding>;
