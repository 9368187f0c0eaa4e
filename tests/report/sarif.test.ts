import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { catalogue } from "../../src/diagnostics/catalogue.ts";
import { renderWorkflowCommand } from "../../src/report/github.ts";
import { sarifLog } from "../../src/report/sarif.ts";
import { SourceFile } from "../../src/source/source-file.ts";

interface Location {
  physicalLocation: { artifactLocation: { uri: string }; region: Record<string, number> };
  id?: number;
}
interface Result {
  ruleId: string;
  ruleIndex: number;
  level: string;
  message: { text: string };
  locations: Location[];
  relatedLocations?: Location[];
  fixes?: {
    description: { text: string };
    artifactChanges: {
      artifactLocation: { uri: string };
      replacements: { deletedRegion: Record<string, number>; insertedContent: { text: string } }[];
    }[];
  }[];
  suppressions?: { kind: string; justification?: string }[];
}
interface Log {
  $schema: string;
  version: string;
  runs: {
    tool: { driver: { name: string; rules: { id: string; shortDescription: { text: string } }[] } };
    columnKind: string;
    results: Result[];
  }[];
}

function logOf(text: string, name = "models/a.cnn"): Log {
  const { diagnostics, allowed } = compile(new SourceFile(name, text));
  return JSON.parse(JSON.stringify(sarifLog(diagnostics, allowed, (file) => file.name))) as Log;
}

const wrong = `input 28x28x1
conv 8 3x3
bn; relu
dense 1 softmax  # allow CNN506: each pixel has a class
dropout 0.9      # allow CNN523
`;

describe("a SARIF log", () => {
  const log = logOf(wrong);
  const [run] = log.runs as [Log["runs"][number]];

  test("has what the schema asks for at its top", () => {
    expect(log.version).toBe("2.1.0");
    expect(log.$schema).toMatch(/^https:.*sarif-schema-2\.1\.0\.json$/);
    expect(log.runs).toHaveLength(1);
    expect(Object.keys(log).sort()).toEqual(["$schema", "runs", "version"]);
    expect(run.columnKind).toBe("utf16CodeUnits");
    expect(run.tool.driver.name).toBe("cnn");
  });

  test("has each rule once, and results that point at theirs", () => {
    const ids = run.tool.driver.rules.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, shortDescription } of run.tool.driver.rules) {
      expect(shortDescription.text).toBe(catalogue[id as keyof typeof catalogue].title);
    }
    for (const { ruleId, ruleIndex } of run.results) expect(ids[ruleIndex]).toBe(ruleId);
  });

  test("results have the properties, levels and values that the schema allows", () => {
    const known = [
      "ruleId",
      "ruleIndex",
      "level",
      "message",
      "locations",
      "relatedLocations",
      "fixes",
      "suppressions",
    ];
    for (const result of run.results) {
      expect(Object.keys(result).filter((key) => !known.includes(key))).toEqual([]);
      expect(["none", "note", "warning", "error"]).toContain(result.level);
      expect(result.message.text).not.toBe("");
      for (const { physicalLocation } of [...result.locations, ...(result.relatedLocations ?? [])]) {
        const { startLine, startColumn, endLine, endColumn } = physicalLocation.region;
        expect(Math.min(startLine!, startColumn!, endLine!, endColumn!)).toBeGreaterThanOrEqual(1);
        expect(endLine! > startLine! || endColumn! >= startColumn!).toBe(true);
      }
      const ids = (result.relatedLocations ?? []).map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  test("has the fix as replacements", () => {
    const bias = run.results.find(({ ruleId }) => ruleId === "CNN520")!;
    expect(bias.fixes).toEqual([
      {
        description: { text: "leave the bias out" },
        artifactChanges: [
          {
            artifactLocation: { uri: "models/a.cnn" },
            replacements: [
              {
                deletedRegion: { startLine: 2, startColumn: 11, endLine: 2, endColumn: 11 },
                insertedContent: { text: " bias=no" },
              },
            ],
          },
        ],
        properties: { applicability: "unsafe" },
      },
    ]);
  });

  test("has what comments allow as suppressed results, with the reason", () => {
    const suppressed = run.results.filter(({ suppressions }) => suppressions !== undefined);
    expect(suppressed.map(({ ruleId, suppressions }) => [ruleId, suppressions])).toEqual([
      ["CNN506", [{ kind: "inSource", justification: "each pixel has a class" }]],
      ["CNN523", [{ kind: "inSource" }]],
    ]);
  });

  test.each([
    ["a b.cnn", "a%20b.cnn"],
    ["<stdin>", "%3Cstdin%3E"],
    ["/home/me/a.cnn", "file:///home/me/a.cnn"],
    ["C:\\me\\a.cnn", "file:///C:/me/a.cnn"],
    ["models\\a.cnn", "models/a.cnn"],
    ["ü#?.cnn", "%C3%BC%23%3F.cnn"],
  ])("writes the path %s as the URI %s", (name, uri) => {
    const { results } = logOf("input 3\nfoo\n", name).runs[0]!;
    expect(results[0]!.locations[0]!.physicalLocation.artifactLocation.uri).toBe(uri);
  });

  test("counts columns in UTF-16 units, lines in CRLF files too", () => {
    const { results } = logOf('use "😀.cnn"\r\ninput 3\r\n').runs[0]!;
    expect(results[0]!.locations[0]!.physicalLocation.region).toEqual({
      startLine: 1,
      startColumn: 5,
      endLine: 1,
      endColumn: 13,
    });
  });

  test("of a file without findings is a log too", () => {
    expect(logOf("input 3\ndense 2\n").runs[0]!.results).toEqual([]);
  });
});

describe("a workflow command", () => {
  const command = (text: string, name: string): string => {
    const { diagnostics } = compile(new SourceFile(name, text));
    return renderWorkflowCommand(diagnostics[0]!, (file) => file.name);
  };

  test("names file, place and code", () => {
    expect(command("input 3x3x1\nconv 8 5x5 relu\n", "m.cnn")).toMatch(
      /^::error file=m\.cnn,line=2,col=1,endLine=2,endColumn=15,title=CNN200::conv 5x5 needs at least 5x5/,
    );
  });

  test("escapes what would end a property or the line", () => {
    expect(command("input 3\nfoo\n", "a,b:c%.cnn")).toContain("file=a%2Cb%3Ac%25.cnn,");
    const text = command("input 784\ndropout 0.95\ndense 2\n", "m.cnn");
    expect(text).toContain("drops 95 %25 of");
    expect(text).not.toContain("\n");
  });
});
