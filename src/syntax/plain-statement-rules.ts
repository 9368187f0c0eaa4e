import type { TokenType } from "chevrotain";
import type {
  Argument,
  Expression,
  FreezeStatement,
  Identifier,
  NumberLiteral,
  Path,
  RequireStatement,
  Statement,
  TextLiteral,
} from "./ast.ts";
import { spanText } from "../source/source-file.ts";
import { ExpressionRules } from "./expression-rules.ts";
import { pathFrom } from "./paths.ts";
import {
  As,
  Close,
  Dimension,
  Equals,
  Freeze,
  From,
  Identifier as IdentifierToken,
  Input,
  Language,
  Let,
  NumberToken,
  Open,
  Operator,
  Output,
  Question,
  Require,
  Unfreeze,
  Use,
  targetWord,
  type Token,
} from "./tokens.ts";

const limits: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "=="]);

const beginsShape: ReadonlySet<TokenType> = new Set([NumberToken, Dimension, Question, Open]);

/** The rules for statements without a body. */
export class PlainStatementRules extends ExpressionRules {
  protected inputStatement = this.RULE("inputStatement", (): Statement => {
    const first = this.nextToken();
    const items: Argument[] = [];
    let name: Identifier | undefined;
    let shape: Expression | undefined;
    const isRead = this.guard(() => {
      this.CONSUME(Input);
      this.OPTION({
        GATE: () => this.#isInputName(),
        DEF: () => {
          name = this.identifier(this.CONSUME(IdentifierToken) as Token);
        },
      });
      shape = this.SUBRULE(this.value);
      this.MANY(() => {
        items.push(this.SUBRULE(this.argument));
      });
    }, "without body");
    // `input left: 28x28x1`: what was read is the name.
    if (!isRead && shape?.kind === "word")
      [name, shape] = [name ?? { name: shape.name, span: shape.span }, undefined];
    if (!isRead) shape = undefined;
    shape ??= this.missing();
    return { kind: "input", name, shape, arguments: items, span: this.spanFrom(first) };
  });

  protected outputStatement = this.RULE("outputStatement", (): Statement => {
    const first = this.nextToken();
    const names: Path[] = [];
    this.guard(() => {
      this.CONSUME(Output);
      this.MANY(() => {
        names.push(this.SUBRULE(this.path));
      });
    }, "without body");
    return { kind: "output", names, span: this.spanFrom(first) };
  });

  protected fromStatement = this.RULE("fromStatement", (): Statement => {
    const first = this.nextToken();
    let source: Path | undefined;
    this.guard(() => {
      this.CONSUME(From);
      source = this.SUBRULE(this.path);
    }, "without body");
    return source === undefined
      ? this.missingStatement(first)
      : { kind: "from", source, span: this.spanFrom(first) };
  });

  protected letStatement = this.RULE("letStatement", (): Statement => {
    const first = this.nextToken();
    let name: Identifier | undefined;
    let value: Expression | undefined;
    this.guard(() => {
      this.CONSUME(Let);
      name = this.identifier(this.CONSUME(IdentifierToken) as Token);
      this.CONSUME(Equals);
      value = this.SUBRULE(this.expression);
    }, "without body");
    if (name === undefined) return this.missingStatement(first);
    return { kind: "let", name, value: value ?? this.missing(), span: this.spanFrom(first) };
  });

  protected useStatement = this.RULE("useStatement", (): Statement => {
    const first = this.nextToken();
    let target: Identifier | TextLiteral | undefined;
    let alias: Identifier | undefined;
    const isRead = this.guard(() => {
      this.CONSUME(Use);
      target = this.OR<Identifier | TextLiteral>([
        { ALT: () => this.identifier(this.CONSUME(IdentifierToken) as Token) },
        { ALT: () => this.SUBRULE(this.text) },
      ]);
      this.OPTION(() => {
        this.CONSUME(As);
        alias = this.identifier(this.CONSUME2(IdentifierToken) as Token);
      });
    }, "without body");
    if (target === undefined) return this.missingStatement(first);
    // What stands behind a name may belong to it: `use blocks.cnn`.
    if (!isRead) target = wholeTarget(target);
    return { kind: "use", target, alias, span: this.spanFrom(first) };
  });

  protected freezeStatement = this.RULE("freezeStatement", (): Statement => {
    const first = this.nextToken();
    let kind: FreezeStatement["kind"] = "freeze";
    let target: Path | undefined;
    let from: Path | undefined;
    this.guard(() => {
      this.OR([
        { ALT: () => this.CONSUME(Freeze) },
        {
          ALT: () => {
            this.CONSUME(Unfreeze);
            kind = "unfreeze";
          },
        },
      ]);
      target = this.SUBRULE(this.path);
      this.OPTION(() => {
        this.CONSUME(From);
        from = this.SUBRULE2(this.path);
      });
    }, "without body");
    if (target === undefined) return this.missingStatement(first);
    return { kind, target, from, span: this.spanFrom(first) };
  });

  protected requireStatement = this.RULE("requireStatement", (): Statement => {
    const first = this.nextToken();
    let quantity: Identifier | undefined;
    let operator: Token | undefined;
    let limit: NumberLiteral | undefined;
    let unit: Identifier | undefined;
    const targets: Identifier[] = [];
    let condition: Expression | undefined;
    let text: TextLiteral | undefined;
    const isRead = this.guard(() => {
      this.CONSUME(Require);
      this.OR([
        {
          ALT: () => {
            this.CONSUME(Open);
            condition = this.SUBRULE(this.expression);
            this.CONSUME(Close);
            text = this.SUBRULE(this.text);
          },
        },
        {
          ALT: () => {
            quantity = this.identifier(this.CONSUME(IdentifierToken) as Token);
            this.OR2([
              {
                ALT: () => {
                  operator = this.CONSUME(Operator) as Token;
                  limit = this.SUBRULE(this.number);
                  this.OPTION(() => {
                    unit = this.identifier(this.CONSUME2(IdentifierToken) as Token);
                  });
                },
              },
              {
                GATE: () => quantity?.name === targetWord,
                ALT: () => {
                  this.AT_LEAST_ONE(() => {
                    targets.push(this.identifier(this.CONSUME3(IdentifierToken) as Token));
                  });
                },
              },
            ]);
          },
        },
      ]);
    }, "without body");
    return this.ACTION((): Statement => {
      if (isRead && condition !== undefined && text !== undefined)
        return { kind: "condition", condition, text, span: this.spanFrom(first) };
      if (isRead && targets.length > 0) return { kind: "target", names: targets, span: this.spanFrom(first) };
      if (!isRead || quantity === undefined || operator === undefined || limit === undefined) {
        return this.missingStatement(first);
      }
      if (!limits.has(operator.image)) {
        this.sink.report("CNN002", `\`${operator.image}\` states no limit`, this.spanOf(operator), {
          help: "write `<`, `<=`, `>`, `>=` or `==`",
        });
        return this.missingStatement(first);
      }
      const sign = operator.image as RequireStatement["operator"];
      return { kind: "require", quantity, operator: sign, limit, unit, span: this.spanFrom(first) };
    });
  });

  protected languageStatement = this.RULE("languageStatement", (): Statement => {
    const first = this.nextToken();
    let version: NumberLiteral | undefined;
    this.guard(() => {
      this.CONSUME(Language);
      version = this.SUBRULE(this.number);
    }, "without body");
    if (version === undefined) return this.missingStatement(first);
    return { kind: "language", version, span: this.spanFrom(first) };
  });

  /** Whether the word after `input` names it: a shape follows then. */
  #isInputName(): boolean {
    const [first, second, third] = [this.LA(1), this.LA(2), this.LA(3)];
    if (first.tokenType !== IdentifierToken) return false;
    if (second.tokenType === IdentifierToken) return third.tokenType !== Equals;
    return beginsShape.has(second.tokenType);
  }

  protected missingArgument(): Argument {
    const value = this.missing();
    return { name: undefined, value, span: value.span };
  }

  protected missingStatement(first: Token): Statement {
    return { kind: "missing", isLayer: false, span: this.spanFrom(first) };
  }
}

/** The path that a name without quotes, which is reported, begins; the target itself where it is whole. */
function wholeTarget(target: Identifier | TextLiteral): Identifier | TextLiteral {
  const { span } = target;
  const path = pathFrom(span.file, span.start);
  return "value" in target || path.end === span.end
    ? target
    : { kind: "text", value: spanText(path), span: path };
}
