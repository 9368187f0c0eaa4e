import { readdirSync, readFileSync } from "node:fs";
import Ajv from "ajv";
import draft4 from "ajv/lib/refs/json-schema-draft-04.json" with { type: "json" };
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compile.ts";
import { catalogue, type DiagnosticCode } from "../../src/diagnostics/catalogue.ts";
import { explanations } from "../../src/diagnostics/explanations.ts";
import { sarifLog } from "../../src/report/sarif.ts";
import { SourceFile } from "../../src/source/source-file.ts";

/** The file sarif-schema-2.1.0.json that OASIS publishes (github.com/oasis-tcs/sarif-spec); it is no part of this repository. */
const schemaFile = process.env["CNN_SARIF_SCHEMA"];

describe.skipIf(schemaFile === undefined)(
  "logs are valid by the schema of SARIF 2.1.0 (CNN_SARIF_SCHEMA)",
  () => {
    const logs = (text: string, name: string): object => {
      const { diagnostics, allowed } = compile(new SourceFile(name, text));
      return JSON.parse(JSON.stringify(sarifLog(diagnostics, allowed, (file) => file.name))) as object;
    };

    const validator = () => {
      const ajv = new Ajv({ schemaId: "id", meta: false, unknownFormats: "ignore", allErrors: true });
      ajv.addMetaSchema(draft4);
      const validate = ajv.compile(JSON.parse(readFileSync(schemaFile!, "utf8")) as object);
      return (log: object): unknown[] => (validate(log) === true ? [] : (validate.errors ?? []));
    };

    test("the finding of every code", () => {
      const problemsOf = validator();
      for (const code of Object.keys(catalogue) as DiagnosticCode[]) {
        expect(problemsOf(logs(explanations[code].wrong.text, `models/${code}.cnn`)), code).toEqual([]);
      }
    });

    test("no findings, and files with blanks and other letters in their names", () => {
      const problemsOf = validator();
      const examples = new URL("../../examples/", import.meta.url);
      for (const name of readdirSync(examples).filter((each) => each.endsWith(".cnn")))
        expect(problemsOf(logs(readFileSync(new URL(name, examples), "utf8"), `ein Bild ü/${name}`))).toEqual(
          [],
        );
    });

    test("what is not valid is seen", () => {
      const log = logs("conv 8 3x3 bn\n", "a.cnn") as { runs: { results: { level: string }[] }[] };
      log.runs[0]!.results[0]!.level = "fatal";
      expect(validator()(log)).not.toEqual([]);
    });
  },
);
