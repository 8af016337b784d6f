import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfiguration } from "./configuration.ts";

const head = "apiVersion: pod-security.admission.config.k8s.io/v1\nkind: PodSecurityConfiguration\n";

const wrong: readonly (readonly [source: string, message: string])[] = [
  ['{"x":1}', `couldn't init admission plugin "PodSecurity": Object 'Kind' is missing in '{"x":1}'`],
  [
    "apiVersion: pod-security.admission.config.k8s.io/v2\nkind: PodSecurityConfiguration",
    'couldn\'t init admission plugin "PodSecurity": no kind "PodSecurityConfiguration" is registered for version "pod-security.admission.config.k8s.io/v2" in scheme "pkg/runtime/scheme.go:111"',
  ],
  [
    `${head}bogus: 2\ndefaults: {x: 1, __proto__: 1}`,
    'couldn\'t init admission plugin "PodSecurity": strict decoding error: unknown field "bogus", unknown field "defaults.x", unknown field "defaults.__proto__"',
  ],
  [
    `${head}defaults: {enforce: 1}`,
    'couldn\'t init admission plugin "PodSecurity": json: cannot unmarshal number into Go struct field PodSecurityDefaults.defaults.enforce of type string',
  ],
  [
    `${head}exemptions: {namespaces: a}`,
    'couldn\'t init admission plugin "PodSecurity": json: cannot unmarshal string into Go struct field PodSecurityExemptions.exemptions.namespaces of type []string',
  ],
  [
    `${head}defaults: {enforce: foo, warn-version: v2.1}`,
    'failed to initialize admission plugin "PodSecurity": PodSecurity configuration error: [enforce: must be one of privileged, baseline, restricted, warn-version: must be "latest" or "v1.x"]',
  ],
  [
    `${head}exemptions: {namespaces: [a, a], usernames: [""], runtimeClasses: [b, b]}`,
    'failed to initialize admission plugin "PodSecurity": PodSecurity invalid: [exemptions.namespaces[1]: Duplicate value: "a", exemptions.runtimeClasses[1]: Duplicate value: "b", exemptions.usernames[0]: Invalid value: "": username must not be empty]',
  ],
];

describe("the configuration", () => {
  it("may be absent", () => {
    const { defaults, exemptions } = parseConfiguration(undefined);
    assert.deepEqual(defaults.enforce, { level: "privileged", version: "latest" });
    assert.equal(exemptions.namespaces.size, 0);
  });

  it("says defaults and exemptions", () => {
    const { defaults, exemptions } = parseConfiguration(
      `${head}defaults: {enforce: baseline, enforce-version: v1.30, warn: restricted, audit: ""}\nexemptions: {usernames: [u], namespaces: [ns], runtimeClasses: [r]}`,
    );
    assert.deepEqual(defaults, {
      enforce: { level: "baseline", version: "v1.30" },
      audit: { level: "privileged", version: "latest" },
      warn: { level: "restricted", version: "latest" },
    });
    assert.deepEqual(exemptions, {
      usernames: new Set(["u"]),
      namespaces: new Set(["ns"]),
      runtimeClasses: new Set(["r"]),
    });
  });

  for (const [source, message] of wrong) {
    it(`is refused: ${message.slice(0, 100)}`, () => assert.throws(() => parseConfiguration(source), { message }));
  }
});
