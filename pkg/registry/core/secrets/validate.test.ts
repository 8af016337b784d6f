import assert from "node:assert/strict";
import { test } from "node:test";
import { validateSecret } from "./validate.ts";

const errorsOf = (text: string): string[] =>
  validateSecret({
    metadata: { name: "s", namespace: "n" },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(text).toString("base64") },
  }).map(({ field, detail }) => `${field}: ${detail}`);

const shown = (why: string) => [`data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": ${why}`];
const rows: readonly [text: string, is: string[]][] = [
  ['{"auths":{}}', []],
  ["null", []],
  ["", shown("unexpected end of JSON input")],
  ['{"auths":', shown("unexpected end of JSON input")],
  ['{"auths": x}', shown("invalid character 'x' looking for beginning of value")],
  ["{} y", shown("invalid character 'y' after top-level value")],
  ["[1]", shown("json: cannot unmarshal array into Go value of type map[string]interface {}")],
  ["true", shown("json: cannot unmarshal bool into Go value of type map[string]interface {}")],
];
for (const [text, is] of rows) {
  test(`the registries of a Secret: ${text}`, () => assert.deepEqual(errorsOf(text), is));
}
