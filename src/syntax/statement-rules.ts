import type { TokenType } from "chevrotain";
import type {
  Argument,
  Body,
  ConditionalBranch,
  Expression,
  FreezeStatement,
  Identifier,
  NumberLiteral,
  Parameter,
  Path,
  RequireStatement,
  Statement,
  TextLiteral,
} from "./ast.ts";
import { ExpressionRules, joinNames } from "./expression-rules.ts";
import {
  As,
  Block,
  Close,
  CloseBody,
  Colon,
  Comma,
  Dimension,
  Else,
  Equals,
  For,
  Freeze,
  From,
  Identifier as IdentifierToken,
  If,
  In,
  Input,
  Language,
  Let,
  Model,
  NumberToken,
  Open,
  OpenBody,
  OpenCall,
  Operator,
  Output,
  Question,
  Range,
  Repeat,
  Require,
  Separator,
  Shared,
  Unfreeze,
  Use,
  type Token,
} from "./tokens.ts";

const limits: ReadonlySet<string> = new Set(["<", "<=", ">", ">=", "=="]);

/** The rules for statements, bodies and whole files. */
export class StatementRules extends ExpressionRules {
  program = this.RULE("program", (): Statement[] => this.SUBRULE(this.statements));

  private statements = this.RULE("statements", (): Statement[] => {
    const statements: Statement[] = [];
    this.OPTION(() => {
      statements.push(this.SUBRULE(this.statement));
    });
    this.ACTION(() => this.#fillGap(statements));
    this.MANY(() => {
      this.CONSUME(Separator);
      this.OPTION2(() => {
        statements.push(this.SUBRULE2(this.statement));
      });
      this.ACTION(() => this.#fillGap(statements));
    });
    return statements;
  });

  private statement = this.RULE("statement", (): Statement => {
    return this.OR([
      { ALT: () => this.SUBRULE(this.layer) },
      { ALT: () => this.SUBRULE(this.inputStatement) },
      { ALT: () => this.SUBRULE(this.outputStatement) },
      { ALT: () => this.SUBRULE(this.fromStatement) },
      { ALT: () => this.SUBRULE(this.letStatement) },
      { ALT: () => this.SUBRULE(this.ifStatement) },
      { ALT: () => this.SUBRULE(this.forStatement) },
      { ALT: () => this.SUBRULE(this.repeatStatement) },
      { ALT: () => this.SUBRULE(this.blockStatement) },
      { ALT: () => this.SUBRULE(this.sharedStatement) },
      { ALT: () => this.SUBRULE(this.modelStatement) },
      { ALT: () => this.SUBRULE(this.useStatement) },
      { ALT: () => this.SUBRULE(this.freezeStatement) },
      { ALT: () => this.SUBRULE(this.requireStatement) },
      { ALT: () => this.SUBRULE(this.languageStatement) },
    ]);
  });

  private layer = this.RULE("layer", (): Statement => {
    const first = this.nextToken();
    const items: Argument[] = [];
    let label: Identifier | undefined;
    let name: Identifier | undefined;
    const isRead = this.guard(() => {
      this.OPTION(() => {
        label = this.identifier(this.CONSUME(IdentifierToken) as Token);
        this.CONSUME(Colon);
      });
      name = this.SUBRULE(this.layerName);
      this.ACTION(() => {
        // `x = …` is no layer `x`.
        if (this.isNext(Equals)) name = undefined;
        else this.nameEnd = name!.span.end;
      });
      this.MANY(() => {
        items.push(this.SUBRULE(this.argument));
      });
    }, "with body");
    if (!isRead) items.push(this.#missingArgument());
    const headSpan = this.spanFrom(first);
    let body: Body | undefined;
    this.OPTION2(() => {
      body = this.SUBRULE(this.body);
    });
    return this.ACTION((): Statement => {
      const span = this.spanFrom(first);
      if (name === undefined) return { kind: "missing", span };
      const start = name.span.start;
      const head = { ...headSpan, start, end: isRead ? headSpan.end : Math.max(name.span.end, headSpan.end) };
      return { kind: "layer", label, name, arguments: items, body, span, headSpan: head };
    });
  });

  /** One name, or several with dots as other tools write them: `nn.Linear`. */
  private layerName = this.RULE("layerName", (): Identifier => {
    const path = this.SUBRULE(this.path);
    return this.ACTION(() => joinNames(path.parts));
  });

  private inputStatement = this.RULE("inputStatement", (): Statement => {
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
    if (!isRead && shape !== undefined) items.push(this.#missingArgument());
    shape ??= this.missing();
    return { kind: "input", name, shape, arguments: items, span: this.spanFrom(first) };
  });

  private outputStatement = this.RULE("outputStatement", (): Statement => {
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

  private fromStatement = this.RULE("fromStatement", (): Statement => {
    const first = this.nextToken();
    let source: Path | undefined;
    this.guard(() => {
      this.CONSUME(From);
      source = this.SUBRULE(this.path);
    }, "without body");
    return source === undefined ? this.#missing(first) : { kind: "from", source, span: this.spanFrom(first) };
  });

  private letStatement = this.RULE("letStatement", (): Statement => {
    const first = this.nextToken();
    let name: Identifier | undefined;
    let value: Expression | undefined;
    this.guard(() => {
      this.CONSUME(Let);
      name = this.identifier(this.CONSUME(IdentifierToken) as Token);
      this.CONSUME(Equals);
      value = this.SUBRULE(this.expression);
    }, "without body");
    if (name === undefined) return this.#missing(first);
    return { kind: "let", name, value: value ?? this.missing(), span: this.spanFrom(first) };
  });

  private ifStatement = this.RULE("ifStatement", (): Statement => {
    const first = this.nextToken();
    const branches: ConditionalBranch[] = [];
    let otherwise: Body | undefined;
    let isRead = true;
    const condition = (parse: () => Expression): Expression => {
      let value: Expression | undefined;
      isRead = this.guard(() => {
        value = parse();
      }, "with body");
      return value ?? this.missing();
    };
    const start = condition(() => {
      this.CONSUME(If);
      return this.SUBRULE(this.expression);
    });
    branches.push({
      condition: start,
      body: this.#requiredBody(first, isRead, () => this.SUBRULE(this.body)),
    });
    this.MANY(() => {
      this.CONSUME(Else);
      const next = condition(() => {
        this.CONSUME2(If);
        return this.SUBRULE2(this.expression);
      });
      branches.push({
        condition: next,
        body: this.#requiredBody(first, isRead, () => this.SUBRULE2(this.body)),
      });
    });
    this.OPTION(() => {
      const word = this.CONSUME2(Else) as Token;
      otherwise = this.#requiredBody(word, true, () => this.SUBRULE3(this.body));
    });
    return { kind: "if", branches, otherwise, span: this.spanFrom(first) };
  });

  private forStatement = this.RULE("forStatement", (): Statement => {
    const first = this.nextToken();
    const names: Identifier[] = [];
    let values: Expression | undefined;
    const isRead = this.guard(() => {
      this.CONSUME(For);
      this.SUBRULE(this.loopNames, { ARGS: [names] });
      this.CONSUME(In);
      values = this.SUBRULE(this.loopValues);
    }, "with body");
    values ??= this.missing();
    const body = this.#requiredBody(first, isRead, () => this.SUBRULE(this.body));
    return { kind: "for", names, values, body, span: this.spanFrom(first) };
  });

  private loopNames = this.RULE("loopNames", (names: Identifier[]): void => {
    const add = (token: Token): void => {
      this.ACTION(() => names.push(this.identifier(token)));
    };
    this.OR([
      { ALT: () => add(this.CONSUME(IdentifierToken) as Token) },
      {
        ALT: () => {
          this.CONSUME(Open);
          add(this.CONSUME2(IdentifierToken) as Token);
          this.MANY(() => {
            this.CONSUME(Comma);
            add(this.CONSUME3(IdentifierToken) as Token);
          });
          this.CONSUME(Close);
        },
      },
    ]);
  });

  private loopValues = this.RULE("loopValues", (): Expression => {
    const from = this.SUBRULE(this.expression);
    let to: Expression | undefined;
    this.OPTION(() => {
      this.CONSUME(Range);
      to = this.SUBRULE2(this.expression);
    });
    return this.ACTION(() => {
      if (to === undefined) return from;
      return { kind: "range", from, to, span: { ...from.span, end: to.span.end } };
    });
  });

  private repeatStatement = this.RULE("repeatStatement", (): Statement => {
    const first = this.nextToken();
    let count: Expression | undefined;
    const isRead = this.guard(() => {
      this.CONSUME(Repeat);
      count = this.SUBRULE(this.expression);
    }, "with body");
    count ??= this.missing();
    const body = this.#requiredBody(first, isRead, () => this.SUBRULE(this.body));
    return { kind: "repeat", count, body, span: this.spanFrom(first) };
  });

  private blockStatement = this.RULE("blockStatement", (): Statement => {
    const first = this.nextToken();
    let name: Identifier | undefined;
    const parameters: Parameter[] = [];
    const isRead = this.guard(() => {
      this.CONSUME(Block);
      name = this.identifier(this.CONSUME(IdentifierToken) as Token);
      this.OPTION(() => this.SUBRULE(this.parameters, { ARGS: [parameters] }));
    }, "with body");
    const body = this.#requiredBody(first, isRead, () => this.SUBRULE(this.body));
    if (name === undefined) return this.#missing(first);
    return { kind: "block", name, parameters, body, span: this.spanFrom(first) };
  });

  private sharedStatement = this.RULE("sharedStatement", (): Statement => {
    const first = this.nextToken();
    let name: Identifier | undefined;
    const isRead = this.guard(() => {
      this.CONSUME(Shared);
      name = this.identifier(this.CONSUME(IdentifierToken) as Token);
    }, "with body");
    const body = this.#requiredBody(first, isRead, () => this.SUBRULE(this.body));
    if (name === undefined) return this.#missing(first);
    return { kind: "shared", name, body, span: this.spanFrom(first) };
  });

  private modelStatement = this.RULE("modelStatement", (): Statement => {
    const first = this.nextToken();
    let name: Identifier | undefined;
    const parameters: Parameter[] = [];
    this.guard(() => {
      this.CONSUME(Model);
      name = this.identifier(this.CONSUME(IdentifierToken) as Token);
      this.OPTION(() => this.SUBRULE(this.parameters, { ARGS: [parameters] }));
    }, "with body");
    let body: Body | undefined;
    this.OPTION2(() => {
      body = this.SUBRULE(this.body);
    });
    if (name === undefined) return this.#missing(first);
    return { kind: "model", name, parameters, body, span: this.spanFrom(first) };
  });

  private parameters = this.RULE("parameters", (parameters: Parameter[]): void => {
    this.OR([{ ALT: () => this.CONSUME(OpenCall) }, { ALT: () => this.CONSUME(Open) }]);
    this.OPTION(() => {
      const first = this.SUBRULE(this.parameter);
      this.ACTION(() => parameters.push(first));
      this.MANY(() => {
        this.CONSUME(Comma);
        const next = this.SUBRULE2(this.parameter);
        this.ACTION(() => parameters.push(next));
      });
    });
    this.CONSUME(Close);
  });

  private parameter = this.RULE("parameter", (): Parameter => {
    const first = this.CONSUME(IdentifierToken) as Token;
    let defaultValue: Expression | undefined;
    this.OPTION(() => {
      this.CONSUME(Equals);
      defaultValue = this.SUBRULE(this.expression);
    });
    return { name: this.identifier(first), defaultValue, span: this.spanFrom(first) };
  });

  private useStatement = this.RULE("useStatement", (): Statement => {
    const first = this.nextToken();
    let target: Identifier | TextLiteral | undefined;
    let alias: Identifier | undefined;
    this.guard(() => {
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
    if (target === undefined) return this.#missing(first);
    return { kind: "use", target, alias, span: this.spanFrom(first) };
  });

  private freezeStatement = this.RULE("freezeStatement", (): Statement => {
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
    if (target === undefined) return this.#missing(first);
    return { kind, target, from, span: this.spanFrom(first) };
  });

  private requireStatement = this.RULE("requireStatement", (): Statement => {
    const first = this.nextToken();
    let quantity: Identifier | undefined;
    let operator: Token | undefined;
    let limit: NumberLiteral | undefined;
    let unit: Identifier | undefined;
    const isRead = this.guard(() => {
      this.CONSUME(Require);
      quantity = this.identifier(this.CONSUME(IdentifierToken) as Token);
      operator = this.CONSUME(Operator) as Token;
      limit = this.SUBRULE(this.number);
      this.OPTION(() => {
        unit = this.identifier(this.CONSUME2(IdentifierToken) as Token);
      });
    }, "without body");
    return this.ACTION((): Statement => {
      if (!isRead || quantity === undefined || operator === undefined || limit === undefined) {
        return this.#missing(first);
      }
      if (!limits.has(operator.image)) {
        this.sink.report("CNN002", `\`${operator.image}\` states no limit`, this.spanOf(operator), {
          help: "write `<`, `<=`, `>`, `>=` or `==`",
        });
        return this.#missing(first);
      }
      const sign = operator.image as RequireStatement["operator"];
      return { kind: "require", quantity, operator: sign, limit, unit, span: this.spanFrom(first) };
    });
  });

  private languageStatement = this.RULE("languageStatement", (): Statement => {
    const first = this.nextToken();
    let version: NumberLiteral | undefined;
    this.guard(() => {
      this.CONSUME(Language);
      version = this.SUBRULE(this.number);
    }, "without body");
    if (version === undefined) return this.#missing(first);
    return { kind: "language", version, span: this.spanFrom(first) };
  });

  private body = this.RULE("body", (): Body => {
    const open = this.CONSUME(OpenBody) as Token;
    const statements = this.SUBRULE(this.statements);
    this.CONSUME(CloseBody);
    return { statements, span: this.spanFrom(open) };
  });

  /** A body that may be missing, which is then reported, unless the statement's mistake is already. */
  #requiredBody(word: Token, isRead: boolean, parse: () => Body): Body {
    if (this.RECORDING_PHASE || this.isNext(OpenBody)) return parse();
    const at = this.nextToken().startOffset;
    const last = this.spanFrom(word).end;
    const span = { file: this.file, start: last, end: last };
    if (isRead && this.isAtEnd()) {
      this.sink.report("CNN002", `\`${word.image}\` needs a body`, span, {
        text: "expected `{`",
        help: `the \`{\` stands on the line of \`${word.image}\``,
      });
    }
    return { statements: [], span: { file: this.file, start: Math.min(at, last), end: last } };
  }

  /** Whether the word after `input` names it: a shape follows then. */
  #isInputName(): boolean {
    const [first, second, third] = [this.LA(1), this.LA(2), this.LA(3)];
    if (first.tokenType !== IdentifierToken) return false;
    if (second.tokenType === IdentifierToken) return third.tokenType !== Equals;
    return beginsShape.has(second.tokenType);
  }

  #missingArgument(): Argument {
    const value = this.missing();
    return { name: undefined, value, span: value.span };
  }

  #missing(first: Token): Statement {
    return { kind: "missing", span: this.spanFrom(first) };
  }

  /** What stands where a statement should, or behind one, is reported and leaves a gap. */
  #fillGap(statements: Statement[]): void {
    const first = this.nextToken();
    if (this.skipRest()) statements.push(this.#missing(first));
    this.giveUpAfterMany();
  }
}

const beginsShape: ReadonlySet<TokenType> = new Set([NumberToken, Dimension, Question, Open]);
