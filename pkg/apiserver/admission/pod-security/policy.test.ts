import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { printLevel } from "./levels.ts";
import { labelOf, modes, type NamespacePolicy, Policies, type Policy, parsePolicy } from "./policy.ts";

const plain = { level: "privileged", version: "latest" } as const;
const defaults: Policy = { enforce: plain, audit: plain, warn: plain };
const strict: Policy = { ...defaults, enforce: { level: "baseline", version: "v1.30" } };

const print = (policy: NamespacePolicy): string => modes.map((mode) => printLevel(policy[mode])).join(" ");

interface Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly over?: Policy;
  /** enforce, audit, warn. */
  readonly is: string;
  readonly wrong?: readonly string[];
}

const level = (label: string, value: string): string =>
  `metadata.labels[pod-security.kubernetes.io/${label}]: Invalid value: "${value}": must be one of privileged, baseline, restricted`;
const version = (label: string, value: string): string =>
  `metadata.labels[pod-security.kubernetes.io/${label}]: Invalid value: "${value}": must be "latest" or "v1.x"`;

const rows: readonly Row[] = [
  { labels: {}, is: "privileged:latest privileged:latest privileged:latest" },
  { labels: {}, over: strict, is: "baseline:v1.30 privileged:latest privileged:latest" },
  { labels: { enforce: "restricted" }, is: "restricted:latest privileged:latest restricted:latest" },
  {
    labels: { enforce: "restricted", "enforce-version": "v1.20" },
    is: "restricted:v1.20 privileged:latest restricted:v1.20",
  },
  {
    labels: { enforce: "restricted", "warn-version": "v1.20" },
    is: "restricted:latest privileged:latest restricted:v1.20",
  },
  { labels: { enforce: "baseline", warn: "privileged" }, is: "baseline:latest privileged:latest privileged:latest" },
  { labels: { enforce: "baseline", warn: "restricted" }, is: "baseline:latest privileged:latest restricted:latest" },
  { labels: { "enforce-version": "v1.9" }, over: strict, is: "baseline:v1.9 privileged:latest privileged:latest" },
  { labels: { audit: "baseline" }, is: "privileged:latest baseline:latest privileged:latest" },
  {
    labels: { enforce: "else", "enforce-version": "v2.0" },
    is: "restricted:latest privileged:latest privileged:latest",
    wrong: [level("enforce", "else"), version("enforce-version", "v2.0")],
  },
  {
    labels: { audit: "a", "audit-version": "v1.01", warn: "", "warn-version": "v1.9223372036854775808" },
    is: "privileged:latest privileged:latest privileged:latest",
    wrong: [
      level("audit", "a"),
      version("audit-version", "v1.01"),
      level("warn", ""),
      version("warn-version", "v1.9223372036854775808"),
    ],
  },
  {
    labels: { "warn-version": "v1.9223372036854775807" },
    is: "privileged:latest privileged:latest privileged:v1.9223372036854775807",
  },
];

describe("labels of a namespace", () => {
  for (const { labels, over = defaults, is, wrong = [] } of rows) {
    it(`${JSON.stringify(labels)}${over === strict ? " where baseline is the default" : ""}`, () => {
      const named = Object.fromEntries(
        Object.entries(labels).map(([name, value]) => [`pod-security.kubernetes.io/${name}`, value]),
      );
      const policy = parsePolicy(named, over);
      assert.equal(print(policy), is);
      assert.deepEqual(
        policy.errors.map(({ field, detail }) => `${field}: ${detail}`),
        wrong,
      );
    });
  }

  it("are read once", () => {
    const policies = new Policies(defaults);
    const labels = { [labelOf("enforce")]: "baseline" };
    assert.equal(policies.of(labels), policies.of(labels));
    assert.equal(policies.of(labels).enforce.level, "baseline");
    assert.equal(policies.of(undefined), policies.of(undefined));
  });
});
