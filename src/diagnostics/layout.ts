import { eastAsianWidth } from "get-east-asian-width";

/** Columns that a text takes in a terminal: wide characters take two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (point < 0x20 || /\p{Mark}|\p{Default_Ignorable_Code_Point}/u.test(character)) continue;
    width += point < 0x7f ? 1 : eastAsianWidth(point);
  }
  return width;
}

/** Control characters but the line end, and those that turn the direction of a text. */
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * A text as a terminal may show it: a tab as one blank, so that marks stand below what they mean, and a picture in place of what
 * would move the cursor, change colours or the order of the text.
 */
export function visibleText(text: string): string {
  return text.replace(unseen, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\t") return " ";
    return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
  });
}

/** Breaks a text at blanks so that no line is wider than `width`, unless one word alone is. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split("\n")) {
    let line = "";
    for (const word of paragraph.split(" ")) {
      const longer = line === "" ? word : `${line} ${word}`;
      if (line !== "" && displayWidth(longer) > width) {
        lines.push(line);
        line = word;
      } else {
        line = longer;
      }
    }
    lines.push(line);
  }
  return lines;
}
