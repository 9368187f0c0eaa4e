import { type ILookaheadStrategy, LLkLookaheadStrategy } from "chevrotain";

type Alternation = Parameters<ILookaheadStrategy["buildLookaheadForAlternation"]>[0];
type Optional = Parameters<ILookaheadStrategy["buildLookaheadForOptional"]>[0];
type ChooseAlternative = ReturnType<ILookaheadStrategy["buildLookaheadForAlternation"]>;
type TakesOptional = ReturnType<ILookaheadStrategy["buildLookaheadForOptional"]>;

/**
 * Chevrotain works out what may come next at every place of the grammar before it reads the first token; here that is done
 * for a place when it is first reached, since most texts reach few of them and the rest costs a cold start much of its time.
 */
export class LazyLookahead extends LLkLookaheadStrategy {
  override buildLookaheadForAlternation(options: Alternation): ChooseAlternative {
    let choose: ChooseAlternative | undefined;
    const build = (): ChooseAlternative => super.buildLookaheadForAlternation(options);
    // Chevrotain calls it with the parser as `this`, whose next tokens it reads.
    return function (this: unknown, alternatives) {
      choose ??= build();
      return choose.call(this, alternatives);
    };
  }

  override buildLookaheadForOptional(options: Optional): TakesOptional {
    let takes: TakesOptional | undefined;
    const build = (): TakesOptional => super.buildLookaheadForOptional(options);
    return function (this: unknown) {
      takes ??= build();
      return takes.call(this);
    };
  }
}
