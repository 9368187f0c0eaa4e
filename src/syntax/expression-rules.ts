import type { IOrAlt } from "chevrotain";
import type {
  Argument,
  Expression,
  Identifier,
  ListExpression,
  NumberLiteral,
  Path,
  ShapeExpression,
  TextLiteral,
} from "./ast.ts";
import { GuardedParser } from "./guarded-parser.ts";
import {
  describeChainedComparison,
  describeDetachedSign,
  describeNegativePart,
  describeTouchingMinus,
  describeUnbracketed,
} from "./mistaken-values.ts";
import type { Mistake } from "./mistake.ts";
import { foldExpression, type FlatItem } from "./operators.ts";
import {
  capitalName,
  Close,
  CloseList,
  Comma,
  Dimension,
  Dot,
  Equals,
  Identifier as IdentifierToken,
  In,
  Join,
  Minus,
  Not,
  NumberToken,
  Open,
  OpenCall,
  OpenList,
  Operator,
  Question,
  Slash,
  Text,
  type Token,
} from "./tokens.ts";

/** The rules for values and arguments. */
export class ExpressionRules extends GuardedParser {
  /** Where the name of the statement that is being read ends. */
  protected nameEnd = 0;

  /** Values and operators, flat; their strength puts the tree together. */
  protected expression = this.RULE("expression", (): Expression => {
    const items: FlatItem[] = [];
    this.SUBRULE(this.operand, { ARGS: [items] });
    this.MANY(() => {
      const token = this.SUBRULE(this.infix);
      items.push({ role: "infix", token });
      this.SUBRULE2(this.operand, { ARGS: [items] });
    });
    return this.ACTION(() => {
      const [only] = items;
      if (items.length === 1 && only?.role === "value") return only.value;
      let isChained = false;
      const value = foldExpression(items, (chained) => {
        isChained = true;
        this.#report(describeChainedComparison(chained));
      });
      return isChained ? { kind: "missing", span: value.span } : value;
    });
  });

  /** Alternatives are made once: a rule runs many times. */
  private infixes: IOrAlt<Token>[] = [
    { ALT: () => this.CONSUME(Operator) as Token },
    { ALT: () => this.CONSUME(Slash) as Token },
    { ALT: () => this.CONSUME(Minus) as Token },
  ];
  private infix = this.RULE("infix", (): Token => this.OR(this.infixes));

  private prefixes: IOrAlt<Token>[] = [
    { ALT: () => this.CONSUME(Minus) as Token },
    { ALT: () => this.CONSUME(Not) as Token },
  ];
  private operand = this.RULE("operand", (items: FlatItem[]): void => {
    this.MANY(() => {
      const token = this.OR(this.prefixes);
      this.ACTION(() => items.push({ role: "prefix", token }));
    });
    const value = this.SUBRULE(this.atom);
    this.ACTION(() => items.push({ role: "value", value }));
  });

  private atoms: IOrAlt<Expression>[] = [
    { ALT: () => this.SUBRULE(this.shape) },
    { ALT: () => this.SUBRULE(this.word) },
    { ALT: () => this.SUBRULE(this.text) },
    { ALT: () => this.SUBRULE(this.list) },
    { ALT: () => this.SUBRULE(this.dimensionOfInput) },
  ];
  private atom = this.RULE("atom", (): Expression => this.OR(this.atoms));

  /** `3x3`; a part that stands alone is itself. */
  protected shape = this.RULE("shape", (): Expression => {
    const first = this.SUBRULE(this.part);
    let parts: Expression[] | undefined;
    this.MANY(() => {
      this.CONSUME(Join);
      const part = this.SUBRULE2(this.part);
      parts ??= [first];
      parts.push(part);
    });
    return this.ACTION(() => {
      if (parts === undefined) return first;
      const span = { file: this.file, start: first.span.start, end: parts.at(-1)!.span.end };
      return { kind: "shape", parts, span } satisfies ShapeExpression;
    });
  });

  private parts: IOrAlt<Expression>[] = [
    { ALT: () => this.SUBRULE(this.number) },
    {
      ALT: () => {
        const token = this.CONSUME(Question) as Token;
        return { kind: "unknown", span: this.spanOf(token) };
      },
    },
    {
      ALT: () => {
        const token = this.CONSUME(Dimension) as Token;
        const kind = capitalName.test(token.image) ? "dimension" : "word";
        return { kind, name: token.image, span: this.spanOf(token) };
      },
    },
    { ALT: () => this.SUBRULE(this.parenthesized) },
  ];
  private part = this.RULE("part", (): Expression => this.OR(this.parts));

  protected number = this.RULE("number", (): NumberLiteral => {
    const token = this.CONSUME(NumberToken) as Token;
    const { image } = token;
    const text = image.includes("_") ? image.replaceAll("_", "") : image;
    return { kind: "number", text, span: this.spanOf(token) };
  });

  protected text = this.RULE("text", (): TextLiteral => {
    const token = this.CONSUME(Text) as Token;
    return { kind: "text", value: readText(token.image), span: this.spanOf(token) };
  });

  /** `(2 * f)`, and the tuple `(0,1)`. */
  private parenthesized = this.RULE("parenthesized", (): Expression => {
    const open = this.CONSUME(Open) as Token;
    const first = this.SUBRULE(this.expression);
    const items = [first];
    this.MANY(() => {
      this.CONSUME(Comma);
      items.push(this.SUBRULE2(this.expression));
    });
    this.CONSUME(Close);
    const span = this.spanFrom(open);
    if (items.length > 1) return { kind: "tuple", items, span };
    return { kind: "parenthesized", expression: first, span };
  });

  private list = this.RULE("list", (): ListExpression => {
    const open = this.CONSUME(OpenList) as Token;
    const items: Expression[] = [];
    this.OPTION(() => {
      items.push(this.SUBRULE(this.expression));
      this.MANY(() => {
        this.CONSUME(Comma);
        items.push(this.SUBRULE2(this.expression));
      });
    });
    this.CONSUME(CloseList);
    return { kind: "list", items, span: this.spanFrom(open) };
  });

  /** `relu`, `encoder.conv1`, `leaky_relu(0.1)`. */
  private word = this.RULE("word", (): Expression => {
    const first = this.CONSUME(IdentifierToken) as Token;
    return this.OR([
      {
        ALT: () => {
          const items = this.SUBRULE(this.callArguments);
          return {
            kind: "call",
            callee: this.identifier(first),
            arguments: items,
            span: this.spanFrom(first),
          };
        },
      },
      {
        ALT: () => {
          const reached: Identifier[] = [];
          this.MANY(() => {
            this.CONSUME(Dot);
            reached.push(this.identifier(this.CONSUME2(IdentifierToken) as Token));
          });
          return this.ACTION(() => this.#wordOrMember(first, reached));
        },
      },
    ]);
  });

  private dimensionOfInput = this.RULE("dimensionOfInput", (): Expression => {
    const first = this.CONSUME(In) as Token;
    this.CONSUME(Dot);
    const property = this.identifier(this.CONSUME(IdentifierToken) as Token);
    return { kind: "member", object: this.identifier(first), property, span: this.spanFrom(first) };
  });

  private callArguments = this.RULE("callArguments", (): Argument[] => {
    const items: Argument[] = [];
    this.CONSUME(OpenCall);
    this.OPTION(() => {
      items.push(this.SUBRULE(this.callArgument));
      this.MANY(() => {
        this.CONSUME(Comma);
        items.push(this.SUBRULE2(this.callArgument));
      });
    });
    this.CONSUME(Close);
    return items;
  });

  private callArgument = this.RULE("callArgument", (): Argument => {
    const first = this.nextToken();
    let name: Identifier | undefined;
    this.OPTION(() => {
      name = this.identifier(this.CONSUME(IdentifierToken) as Token);
      this.CONSUME(Equals);
    });
    const value = this.SUBRULE(this.expression);
    return { name, value, span: this.spanFrom(first) };
  });

  private argumentForms: IOrAlt<Argument>[] = [
    { ALT: () => this.SUBRULE(this.namedValue) },
    {
      ALT: () => {
        const value = this.SUBRULE(this.value);
        return { name: undefined, value, span: value.span };
      },
    },
  ];
  /** `same`, `3x3`, `stride=2`: what a statement holds after its name. */
  protected argument = this.RULE("argument", (): Argument => this.OR(this.argumentForms));

  private namedValue = this.RULE("namedValue", (): Argument => {
    const first = this.CONSUME(IdentifierToken) as Token;
    this.CONSUME(Equals);
    const value = this.SUBRULE(this.expression);
    this.ACTION(() => this.#checkTouchingMinus(value));
    return { name: this.identifier(first), value, span: this.spanFrom(first) };
  });

  private sign = (): Token => this.CONSUME(Minus) as Token;
  private bottom = (): NumberLiteral => {
    this.CONSUME(Slash);
    return this.SUBRULE(this.number);
  };
  /** A value in positional place: no operators but the sign and the bar of a fraction. */
  protected value = this.RULE("value", (): Expression => {
    const before = this.LA(0) as Token;
    const sign = this.OPTION(this.sign);
    const atom = this.SUBRULE(this.atom);
    const bottom = this.OPTION2(this.bottom);
    return this.ACTION(() => this.#positional(before, sign, atom, bottom));
  });

  protected path = this.RULE("path", (): Path => {
    const first = this.CONSUME(IdentifierToken) as Token;
    const parts = [this.identifier(first)];
    this.MANY(() => {
      this.CONSUME(Dot);
      parts.push(this.identifier(this.CONSUME2(IdentifierToken) as Token));
    });
    return { parts, span: this.spanFrom(first) };
  });

  #wordOrMember(first: Token, reached: readonly Identifier[]): Expression {
    const property = reached.at(-1);
    if (property === undefined) {
      const kind = capitalName.test(first.image) ? "dimension" : "word";
      return { kind, name: first.image, span: this.spanOf(first) };
    }
    const object = joinNames([this.identifier(first), ...reached.slice(0, -1)]);
    return { kind: "member", object, property, span: this.spanFrom(first) };
  }

  #positional(
    before: Token,
    sign: Token | undefined,
    atom: Expression,
    bottom: NumberLiteral | undefined,
  ): Expression {
    let value = atom;
    if (sign !== undefined) {
      const span = { ...atom.span, start: sign.startOffset };
      value = { kind: "unary", operator: "-", operand: atom, span };
    }
    if (bottom !== undefined) {
      const span = { ...value.span, end: bottom.span.end };
      value = { kind: "binary", operator: "/", left: value, right: bottom, span };
    }
    if (sign === undefined && bottom === undefined) return value;
    if (sign !== undefined && atom.kind === "shape") {
      this.#report(describeNegativePart(sign, atom));
      return { kind: "missing", span: value.span };
    }
    const glued = before.endOffset === sign?.startOffset;
    if (sign !== undefined && (glued || atom.span.start !== sign.endOffset)) {
      this.#report(describeDetachedSign(before, value, before.startOffset >= this.nameEnd));
      return { kind: "missing", span: value.span };
    }
    if (atom.kind !== "number") this.#report(describeUnbracketed(value));
    return value;
  }

  #checkTouchingMinus(value: Expression): void {
    const mistake = describeTouchingMinus(value);
    if (mistake !== undefined) this.#report(mistake);
  }

  #report({ message, span, ...details }: Mistake): void {
    this.sink.report("CNN002", message, span, details);
  }
}

/** Several names of a dotted one as one: `nn.Linear`. */
export function joinNames(parts: readonly Identifier[]): Identifier {
  if (parts.length === 1) return parts[0]!;
  const { file, start } = parts[0]!.span;
  const name = parts.map((part) => part.name).join(".");
  return { name, span: { file, start, end: parts.at(-1)!.span.end } };
}

/** A text without its quotes; `\"` is a quote and `\\` a backslash. */
function readText(image: string): string {
  const closed = image.length > 1 && image.endsWith('"');
  const content = image.slice(1, closed ? -1 : undefined);
  return content.includes("\\") ? content.replace(/\\(["\\])/g, "$1") : content;
}
