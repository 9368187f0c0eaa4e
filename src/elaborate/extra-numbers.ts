import type { Fix } from "../diagnostics/diagnostic.ts";
import { activationDefinition } from "../layers/activations.ts";
import { regularizers } from "../layers/arguments.ts";
import { listText } from "../layers/text.ts";
import { type Span, spanText } from "../source/source-file.ts";
import type { ArgumentSite, Filled } from "./arguments.ts";
import { signsAround, withoutSigns } from "./call-signs.ts";
import { channelsOf } from "./current.ts";
import { nativeSpelling } from "./layer-words.ts";
import { replacement } from "./lookup.ts";
import { toNumber } from "./rational.ts";
import type { TableView } from "./slots.ts";
import { type Value, valueText } from "./values.ts";
import { withBlanksBefore } from "../source/blanks.ts";

/** The axes that a window or what is added to them can have. */
const mostAxes = 3;

/** A number for which no place is left, and what it may have been meant for. */
export class ExtraNumber {
  readonly #site: ArgumentSite;
  readonly #view: TableView;
  readonly #filled: ReadonlyMap<string, Filled>;

  constructor(site: ArgumentSite, view: TableView, filled: ReadonlyMap<string, Filled>) {
    this.#site = site;
    this.#view = view;
    this.#filled = filled;
  }

  report({ value, span }: Filled): void {
    const { word, frame } = this.#site;
    const meant = this.#meantBy(value);
    const text = valueText(value);
    const taken = this.#view.numeric.map(([name]) => name);
    const other = taken.length === 0 ? otherWord(this.#site) : undefined;
    const message =
      taken.length === 0
        ? `${word.name} takes no number, but here is ${text}`
        : `${word.name} takes ${listText(taken)} by position; ${text} is one number too many`;
    const { fix, ...details }: { help?: string; fix?: Fix } = {
      ...this.#leftOut(value, span),
      ...this.#twoLayers(value),
      ...(meant === undefined ? {} : this.#named(meant, value, span)),
      ...this.#ofActivation(span),
      ...this.#windowInNumbers(value, span, meant),
      ...(this.#shapeInNumbers() ?? this.#inputAmong()),
      ...(other === undefined
        ? {}
        : { help: `did you mean \`${other} ${text}\`?`, fix: replacement(word.span, other) }),
    };
    // Commas and parentheses around the numbers belong to the same slip.
    const signs = signsAround(this.#site);
    frame.elaboration.reportValue("CNN123", message, value, span, {
      ...details,
      covers: signs.map((sign) => sign.span),
      ...(fix === undefined ? {} : { fix: withoutSigns(fix, signs) }),
    });
  }

  /** `flatten 1`: a number that says nothing. */
  #leftOut({ origin }: Value, span: Span): { help?: string; fix?: Fix } {
    if (this.#view.numeric.length > 0 || origin !== undefined) return {};
    const { word } = this.#site;
    if (word.name === "relu" && spanText(span) === "6")
      return { help: "here it is `relu6`", fix: replacement({ ...word.span, end: span.end }, "relu6") };
    const edits = [{ span: withBlanksBefore(span), text: "" }];
    return { help: "leave it out", fix: { title: "leave it out", edits, isUnsafe: true } };
  }

  /** `bn 0.9`: by the name of what takes such a number. */
  #named(meant: string, value: Value, span: Span): { help: string; fix?: Fix } {
    const text = `${meant}=${valueText(value)}`;
    const help = `did you mean \`${text}\`?`;
    const isWritten =
      value.kind === "number" && value.origin === undefined && this.#view.numeric.length === 0;
    return isWritten
      ? { help, fix: { ...replacement(span, `${meant}=${spanText(span)}`), isUnsafe: true } }
      : { help };
  }

  /** `conv 8 3x3 leaky_relu 0.1`: the parameter of the activation before it. */
  #ofActivation(span: Span): { help?: string; fix?: Fix } {
    const { given } = this.#site;
    const before = given[given.findIndex((argument) => argument.span.start === span.start) - 1];
    if (before?.value.kind !== "word" || before.name !== undefined) return {};
    if (activationDefinition(before.value.name)?.parameter === undefined) return {};
    const text = `${before.value.name}(${spanText(span)})`;
    return { help: `write \`${text}\``, fix: replacement({ ...span, start: before.span.start }, text) };
  }

  /** The argument that a number too many may be for: one that takes such numbers, whole ones or shares. */
  #meantBy(value: Value): string | undefined {
    const number = value.kind === "number" ? toNumber(value.number) : undefined;
    const isCount = number !== undefined && Number.isInteger(number) && number >= 1;
    const roles = isCount ? ["count", "window"] : ["number"];
    return this.#view.entries.find(([name, { role, minimum = -Infinity, maximum = Infinity }]) => {
      const isWithin = number === undefined || (number >= minimum && number <= maximum);
      // Nobody means the factor of a penalty by a bare number.
      const isPenalty = Object.hasOwn(regularizers, name);
      return roles.includes(role) && isWithin && !isPenalty && !this.#filled.has(name);
    })?.[0];
  }

  /** `dense 128 64`, `conv 3 16 3`: what comes in stands before what goes out, as in PyTorch. */
  #inputAmong(): { help?: string; fix?: Fix } {
    const { given, word, frame } = this.#site;
    const first = given.find(({ name, value }) => name === undefined && value.kind === "number");
    const channels = channelsOf(frame);
    if (first?.value.kind !== "number" || channels === undefined || Number(first.value.text) !== channels)
      return {};
    const at = given.indexOf(first);
    const before = given[at - 1]?.span ?? word.span;
    const next = given[at + 1]?.span;
    const gap = { ...first.span, start: before.end, end: next?.start ?? first.span.end };
    const edits = [{ span: gap, text: next === undefined ? "" : " " }];
    return {
      help: `the ${channels} that come in are known: leave the first number out`,
      fix: { title: "leave the first number out", edits, isUnsafe: true },
    };
  }

  /** `dense 100, 128 relu`: the sizes of two layers. */
  #twoLayers(value: Value): { help?: string; fix?: Fix } {
    const { given, word } = this.#site;
    const [one, other, ...rest] = given;
    const isSecond = other?.value.kind === "number" && value.kind === "number" && value.origin === undefined;
    const [size, ...others] = this.#view.numeric;
    if (one === undefined || !isSecond || size?.[1].role !== "count" || others.length > 0) return {};
    if (one.value.kind !== "number" || rest.some((argument) => argument.value.kind === "number")) return {};
    const words = rest.map((argument) => ` ${spanText(argument.span)}`).join("");
    const gap = { ...one.span, start: one.span.end, end: other.span.start };
    return {
      help: `a statement is one layer: \`${word.name} ${spanText(one.span)}; ${word.name} ${spanText(other.span)}\` is two`,
      fix: {
        title: "write two layers",
        edits: [{ span: gap, text: `${words}; ${word.name} ` }],
        isUnsafe: true,
      },
    };
  }

  /** `conv 32 3 3`: a window in two numbers, as older libraries have it. */
  #windowInNumbers(value: Value, span: Span, meant: string | undefined): { help?: string; fix?: Fix } {
    const [name = ""] = this.#view.numeric.findLast(([, { role }]) => role === "window") ?? [];
    const before = this.#filled.get(name);
    const isWritten = [value, before?.value].every((each) => each?.kind === "number" && !each.origin);
    if (before === undefined || !isWritten || before.span.end > span.start) return {};
    const text = valueText(value);
    if (valueText(before.value) !== text) return {};
    const window = `${text}x${text}`;
    return {
      help: `did you mean the window \`${window}\`${meant === undefined ? "" : `, or \`${meant}=${text}\``}?`,
      fix: { ...replacement({ ...span, start: before.span.start }, window), isUnsafe: true },
    };
  }

  /** `permute 2 3 1`, `reshape 7 7 64`: a shape in numbers of their own. */
  #shapeInNumbers(): { help?: string; fix?: Fix } | undefined {
    const { given } = this.#site;
    const [[, spec] = [], ...others] = this.#view.numeric;
    const arePlain = given.every(({ name, value }) => name === undefined && value.kind === "number");
    const isShape = spec?.role === "shape" || spec?.role === "window" || spec?.role === "padding";
    if (others.length > 0 || !isShape || !arePlain) return undefined;
    const texts = given.map(({ value }) => spanText(value.span));
    const isPerSide = spec.role !== "shape" && texts.length > mostAxes;
    if (isPerSide && new Set(texts).size > 1)
      return { help: "cells before and after along each axis are pairs: `(1,2)x(3,4)`" };
    // One number holds for every axis and side.
    const text = isPerSide ? texts[0]! : texts.join("x");
    const span = { ...given[0]!.span, end: given.at(-1)!.span.end };
    return {
      help: isPerSide ? `one number is enough: \`${text}\`` : `write \`${text}\`, joined by \`x\``,
      fix: { ...replacement(span, text), isUnsafe: true },
    };
  }
}

/** The word here that a layer's word, which also means something here, stands for in another library. */
export function otherWord({ word }: ArgumentSite): string | undefined {
  const other = nativeSpelling(word.name);
  return other === word.name ? undefined : other;
}
