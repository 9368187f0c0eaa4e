import type { TokenType } from "chevrotain";
import type { DiagnosticSink } from "../diagnostics/diagnostic.ts";
import type { SourceFile } from "../source/source-file.ts";
import {
  Close,
  CloseBody,
  CloseList,
  Comma,
  Equals,
  Minus,
  Not,
  Open,
  OpenBody,
  OpenCall,
  OpenList,
  Operator,
  Separator,
  Slash,
  type Token,
} from "./tokens.ts";

/** How deep bodies, brackets and operators may stand in each other: far above any model, far below the call stack. */
export const deepestNesting = 100;

/** A body, a bracket or the file, while its tokens are counted. */
interface Level {
  /** Operators since the last separator, comma or `=`; each may add a level to the tree. */
  operators: number;
  /** The deepest bracket in the same stretch. */
  inner: number;
  /** The deepest stretch so far. */
  deepest: number;
}

/**
 * Everything in the grammar that recurses is counted before the parser sees it. Where the tree would be deeper than
 * `deepestNesting`, that is reported, and the tokens end before the outermost statement that is too deep.
 */
export function boundNesting(
  file: SourceFile,
  tokens: readonly Token[],
  sink: DiagnosticSink,
): readonly Token[] {
  const levels: Level[] = [{ operators: 0, inner: 0, deepest: 0 }];
  let statement = 0;
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index]!;
    const level = levels.at(-1)!;
    switch (kinds.get(token.tokenType)) {
      case "opens":
        if (token.tokenType === OpenBody) endStretch(level);
        levels.push({ operators: 0, inner: 0, deepest: 0 });
        break;
      case "closes": {
        endStretch(level);
        if (levels.length > 1) levels.pop();
        const outer = levels.at(-1)!;
        outer.inner = Math.max(outer.inner, level.deepest + 1);
        break;
      }
      case "separates":
        endStretch(level);
        if (levels.length === 1 && token.tokenType === Separator) statement = index + 1;
        break;
      case "operates":
        level.operators += 1;
        break;
      default:
        continue;
    }
    const here = levels.at(-1)!;
    if (levels.length - 1 + here.operators + here.inner > deepestNesting) {
      const span = { file, start: token.startOffset, end: token.endOffset };
      sink.report("CNN003", `nesting deeper than ${deepestNesting} levels`, span, {
        text: "this is one level too many",
        help: "bodies, brackets and operators count; give a part a name with `let` or `block`",
      });
      return tokens.slice(0, statement);
    }
  }
  return tokens;
}

function endStretch(level: Level): void {
  level.deepest = Math.max(level.deepest, level.operators + level.inner);
  level.operators = 0;
  level.inner = 0;
}

const kinds = new Map<TokenType, "opens" | "closes" | "separates" | "operates">([
  [Open, "opens"],
  [OpenCall, "opens"],
  [OpenList, "opens"],
  [OpenBody, "opens"],
  [Close, "closes"],
  [CloseList, "closes"],
  [CloseBody, "closes"],
  [Separator, "separates"],
  [Comma, "separates"],
  [Equals, "separates"],
  [Operator, "operates"],
  [Slash, "operates"],
  [Minus, "operates"],
  [Not, "operates"],
]);
