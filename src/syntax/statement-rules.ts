import { withBlanksBefore } from "../source/blanks.ts";
import { spanText } from "../source/source-file.ts";
import type { IOrAlt } from "chevrotain";
import type {
  Argument,
  Body,
  ConditionalBranch,
  Expression,
  Identifier,
  Parameter,
  Statement,
} from "./ast.ts";
import { joinNames } from "./expression-rules.ts";
import { PlainStatementRules } from "./plain-statement-rules.ts";
import { isMerge } from "./tensor-sums.ts";
import {
  Block,
  Close,
  CloseBody,
  Colon,
  Comma,
  Else,
  Equals,
  For,
  Identifier as IdentifierToken,
  If,
  In,
  Minus,
  Model,
  Open,
  OpenBody,
  OpenCall,
  Range,
  Repeat,
  Separator,
  Shared,
  Slash,
  type Token,
  Operator,
} from "./tokens.ts";

/** The rules for statements with bodies, for layers and for whole files. */
export class StatementRules extends PlainStatementRules {
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

  /** Made once: a rule runs many times. */
  private kinds: IOrAlt<Statement>[] = [
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
  ];
  private statement = this.RULE("statement", (): Statement => this.OR(this.kinds));

  private layer = this.RULE("layer", (): Statement => {
    const first = this.nextToken();
    const items: Argument[] = [];
    let label: Identifier | undefined;
    let name: Identifier | undefined;
    let isExpression = false;
    const isRead = this.guard(() => {
      this.OPTION(() => {
        label = this.identifier(this.CONSUME(IdentifierToken) as Token);
        this.CONSUME(Colon);
      });
      name = this.SUBRULE(this.layerName);
      this.ACTION(() => {
        isExpression = this.#isExpression();
        if (isExpression || (label === undefined && this.#isLabelOfWords())) name = undefined;
        else this.nameEnd = name!.span.end;
      });
      this.MANY({
        GATE: () => !isExpression,
        DEF: () => {
          items.push(this.SUBRULE(this.argument));
        },
      });
    }, "with body");
    if (!isRead) items.push(this.missingArgument());
    const headSpan = this.spanFrom(first);
    let body: Body | undefined;
    this.OPTION2(() => {
      body = this.SUBRULE(this.body);
    });
    return this.ACTION((): Statement => {
      const span = this.spanFrom(first);
      if (name === undefined) return { kind: "missing", isLayer: true, span };
      const start = name.span.start;
      const head = { ...headSpan, start, end: isRead ? headSpan.end : Math.max(name.span.end, headSpan.end) };
      return { kind: "layer", label, name, arguments: items, body, span, headSpan: head };
    });
  });

  /** `x = …`, `x + y`, `x - y`, `add x - y`, after the first word: no layer, or none that goes on like this. */
  #isExpression(): boolean {
    const [word, next, second, third] = [this.LA(0), this.LA(1), this.LA(2), this.LA(3)] as [
      Token,
      Token,
      Token,
      Token,
    ];
    if ([Equals, Operator, Slash].includes(next.tokenType) || isDifference(word, next, second)) return true;
    return next.tokenType === IdentifierToken && isMerge(word) && isDifference(next, second, third);
  }

  /** `my label: conv …`, after the first word. */
  #isLabelOfWords(): boolean {
    const isColon = this.LA(2).tokenType === Colon && this.LA(3).tokenType === IdentifierToken;
    return this.isNext(IdentifierToken) && isColon;
  }

  /** One name, or several with dots as other tools write them: `nn.Linear`. */
  private layerName = this.RULE("layerName", (): Identifier => {
    const path = this.SUBRULE(this.path);
    return this.ACTION(() => joinNames(path.parts));
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
      // A part of a condition may not be yes or no.
      return isRead && value !== undefined ? value : this.missing();
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
    // What stands behind a number may belong to it: `1:3`.
    if (!isRead && values?.kind === "number") values = undefined;
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
      if (!this.RECORDING_PHASE && parameters.length === 0) this.#bareParameters(parameters);
    }, "with body");
    const body = this.#requiredBody(first, isRead, () => this.SUBRULE(this.body));
    if (name === undefined) return this.missingStatement(first);
    return { kind: "block", name, parameters, body, span: this.spanFrom(first) };
  });

  private sharedStatement = this.RULE("sharedStatement", (): Statement => {
    const first = this.nextToken();
    let name: Identifier | undefined;
    let parameters: Parameter[] | undefined;
    const isRead = this.guard(() => {
      this.CONSUME(Shared);
      name = this.identifier(this.CONSUME(IdentifierToken) as Token);
      if (!this.RECORDING_PHASE && this.isNext(OpenCall)) parameters = this.#parametersOfShared();
    }, "with body");
    const body = this.#requiredBody(first, isRead, () => this.SUBRULE(this.body));
    if (name === undefined) return this.missingStatement(first);
    // What was written is a block, so that its body and its uses are looked through as one.
    if (parameters !== undefined)
      return { kind: "block", name, parameters, body, span: this.spanFrom(first) };
    return { kind: "shared", name, body, span: this.spanFrom(first) };
  });

  /** `block unit f k`: reported, and no part of the grammar. */
  #bareParameters(parameters: Parameter[]): void {
    const open = this.nextToken();
    let ahead = 1;
    while (this.LA(ahead).tokenType === IdentifierToken) ahead += 1;
    if (ahead === 1 || this.LA(ahead).tokenType !== OpenBody) return;
    while (this.isNext(IdentifierToken)) parameters.push(this.SUBRULE(this.parameter));
    const span = this.spanFrom(open);
    const names = parameters.map((parameter) => spanText(parameter.span)).join(", ");
    const gap = withBlanksBefore(span);
    this.sink.report("CNN002", "the parameters of a block stand in parentheses", span, {
      help: `write \`(${names})\``,
      fix: { title: "put them in parentheses", edits: [{ span: gap, text: `(${names})` }] },
    });
  }

  /** `shared encoder(width)`: reported, and no part of the grammar. */
  #parametersOfShared(): Parameter[] {
    const parameters: Parameter[] = [];
    const open = this.nextToken();
    this.SUBRULE(this.parameters, { ARGS: [parameters] });
    this.sink.report("CNN002", "a `shared` takes no parameters", this.spanFrom(open), {
      help: "it is one instance, the same wherever it is used; a `block` takes parameters and makes weights anew",
    });
    // Uses give them values or not.
    return parameters.map((parameter) => ({
      ...parameter,
      defaultValue: { kind: "missing", span: parameter.span },
    }));
  }

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
    if (name === undefined) return this.missingStatement(first);
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

  private body = this.RULE("body", (): Body => {
    const open = this.CONSUME(OpenBody) as Token;
    const statements = this.SUBRULE(this.statements);
    const close = this.CONSUME(CloseBody);
    const span = this.spanFrom(open);
    return close.image === "" ? { statements, span, isUnclosed: true } : { statements, span };
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
    return {
      statements: [],
      span: { file: this.file, start: Math.min(at, last), end: last },
      isMissing: true,
    };
  }

  /** What stands where a statement should, or behind one, is reported and leaves a gap. */
  #fillGap(statements: Statement[]): void {
    const first = this.nextToken();
    if (this.skipRest()) statements.push(this.missingStatement(first));
    this.giveUpAfterMany();
  }
}

/** Whether a `-` stands between two values; that of a number stands directly before it, after a blank. */
function isDifference(before: Token, { tokenType, startOffset, endOffset }: Token, after: Token): boolean {
  return tokenType === Minus && (after.startOffset > endOffset || before.endOffset === startOffset);
}
