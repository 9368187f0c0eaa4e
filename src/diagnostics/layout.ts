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
