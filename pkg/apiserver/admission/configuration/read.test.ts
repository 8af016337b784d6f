import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { readAdmissionConfiguration } from "./read.ts";

const directory = mkdtempSync(join(tmpdir(), "kubets-admission-"));
after(() => rmSync(directory, { recursive: true }));

const head = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n";
const written = (name: string, text: string): string => {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
};
const file = (text: string): string => written("configuration.yaml", text);

const wrong: readonly (readonly [text: string, why: string])[] = [
  ["a: 1\n", "Object 'Kind' is missing in 'a: 1\n'"],
  ["kind: AdmissionConfiguration\n", "Object 'apiVersion' is missing in 'kind: AdmissionConfiguration\n'"],
  ["apiVersion: v1\nkind: Pod\n", 'no kind "Pod" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"'],
  [`${head}bogus: 1\n`, 'strict decoding error: unknown field "bogus"'],
  [
    `${head}kind: AdmissionConfiguration\n`,
    'strict decoding error: yaml: unmarshal errors:\n  line 3: key "kind" already set in map',
  ],
  [
    `${head}plugins: 3\n`,
    "json: cannot unmarshal number into Go struct field AdmissionConfiguration.plugins of type []v1.AdmissionPluginConfiguration",
  ],
  [
    `${head}plugins: [{path: 3}]\n`,
    "json: cannot unmarshal number into Go struct field AdmissionPluginConfiguration.plugins.path of type string",
  ],
];

describe("the configuration of admission plugins", () => {
  it("is nothing without a file", () => assert.equal(readAdmissionConfiguration(undefined)("PodSecurity"), undefined));

  it("stands in the file, or in one beside it", () => {
    written("beside.yaml", "b: 2\n");
    const of = readAdmissionConfiguration(
      file(`${head}plugins: [{name: A, configuration: {a: 1}}, {name: A, path: x}, {name: B, path: beside.yaml}]\n`),
    );
    assert.equal(of("A"), '{"a":1}');
    assert.equal(of("B"), "b: 2\n");
    assert.equal(of("C"), undefined);
  });

  it("is another plugin's where the file has no kind", () => {
    assert.equal(readAdmissionConfiguration(file("podNodeSelectorPluginConfig: {}\n"))("PodSecurity"), undefined);
  });

  it("cannot be read from a file that is missing", () => {
    const missing = join(directory, "missing");
    assert.throws(() => readAdmissionConfiguration(missing), {
      message: `failed to read plugin config: unable to read admission control configuration from "${missing}" [open ${missing}: no such file or directory]`,
    });
    const of = readAdmissionConfiguration(file(`${head}plugins: [{name: A, path: missing}]\n`));
    assert.throws(() => of("A"), /Couldn't open admission plugin configuration .*missing/);
  });

  for (const [text, why] of wrong) {
    it(`is refused: ${why}`, () => {
      assert.throws(() => readAdmissionConfiguration(file(text)), { message: `failed to read plugin config: ${why}` });
    });
  }
});
