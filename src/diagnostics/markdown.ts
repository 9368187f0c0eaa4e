import { wrapText } from "./layout.ts";

const codeIndent = "    ";

/**
 * Markdown as text for a terminal: paragraphs and list items wrapped to the width, fences indented as they are. Knows what
 * the explanation pages use: paragraphs, `-` lists, fences and `code`. Ends with a line end.
 */
export function renderMarkdown(markdown: string, width: number): string {
  const out: string[] = [];
  let waiting: string[] = [];
  const endParagraph = (): void => {
    if (waiting.length > 0) out.push(...renderParagraph(waiting, width));
    waiting = [];
  };
  let inFence = false;
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) {
      endParagraph();
      inFence = !inFence;
    } else if (inFence) {
      out.push(line === "" ? "" : codeIndent + line);
    } else if (line === "") {
      endParagraph();
      out.push("");
    } else {
      waiting.push(line);
    }
  }
  endParagraph();
  return `${out.join("\n").trimEnd()}\n`;
}

/** A paragraph; its lines that begin with `- ` begin an item each. */
function renderParagraph(lines: readonly string[], width: number): string[] {
  const items: string[] = [];
  for (const line of lines) {
    if (line.startsWith("- ") || items.length === 0) items.push(line);
    else items.push(`${items.pop()!} ${line.trim()}`);
  }
  return items.flatMap((item) => {
    if (!item.startsWith("- ")) return wrapText(item, width);
    return wrapText(item.slice(2), width - 2).map((line, index) => `${index === 0 ? "- " : "  "}${line}`);
  });
}
