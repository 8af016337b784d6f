import assert from "node:assert/strict";
import { test } from "node:test";
import type { CertificateSigningRequest, CertificateSigningRequestStatus } from "#api/types/certificates.k8s.io/v1";
import {
  apiServerClient,
  isOver,
  kubeletClient,
  kubeletServing,
  legacyUnknown,
  lifetimeMsOf,
  type Subject,
  signerFault,
} from "./plan.ts";

const now = Date.parse("2026-01-03T00:00:00Z");
const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString();
const request = (
  spec: Partial<CertificateSigningRequest["spec"]>,
  status: CertificateSigningRequestStatus = {},
): CertificateSigningRequest => ({
  metadata: { name: "r", creationTimestamp: hoursAgo(23) },
  spec: { request: "", signerName: kubeletClient, ...spec },
  status,
});
const node: Subject = {
  commonName: "system:node:n",
  organizations: ["system:nodes"],
  dnsNames: [],
  ipAddresses: [],
  emails: [],
  uris: [],
};
const clientUsages = ["digital signature", "client auth"];
const servingUsages = ["digital signature", "key encipherment", "server auth"];

test("what each signer refuses", () => {
  const rows: [string, Subject, string[], string | undefined][] = [
    [kubeletClient, node, clientUsages, undefined],
    [kubeletClient, node, [...clientUsages, "key encipherment"], undefined],
    [kubeletClient, node, servingUsages, "usages did not match [client auth digital signature key encipherment]"],
    [kubeletClient, { ...node, organizations: ["a"] }, clientUsages, "subject organization is not system:nodes"],
    [kubeletClient, { ...node, commonName: "n" }, clientUsages, "subject common name does not begin with system:node:"],
    [kubeletClient, { ...node, dnsNames: ["n"] }, clientUsages, "DNS subjectAltNames are not allowed"],
    [kubeletClient, { ...node, ipAddresses: ["10.0.0.1"] }, clientUsages, "IP subjectAltNames are not allowed"],
    [kubeletServing, { ...node, dnsNames: ["n"] }, servingUsages, undefined],
    [kubeletServing, node, servingUsages, "DNS or IP subjectAltName is required"],
    [
      kubeletServing,
      { ...node, dnsNames: ["n"] },
      clientUsages,
      "usages did not match [digital signature key encipherment server auth]",
    ],
    [apiServerClient, { ...node, commonName: "anna" }, clientUsages, undefined],
    [apiServerClient, node, servingUsages, "invalid usage for client certificate: server auth"],
    [apiServerClient, node, ["digital signature"], "missing required usage for client certificate: client auth"],
    [legacyUnknown, node, servingUsages, undefined],
  ];
  for (const [signerName, subject, usages, fault] of rows) {
    assert.equal(signerFault(request({ signerName, usages }), subject), fault, `${signerName} ${usages}`);
  }
});

test("how long a certificate lives", () => {
  const dayMs = 86_400_000;
  assert.equal(lifetimeMsOf(request({}), dayMs), dayMs);
  assert.equal(lifetimeMsOf(request({ expirationSeconds: 3600 }), dayMs), 3_600_000);
  assert.equal(lifetimeMsOf(request({ expirationSeconds: 60 }), dayMs), 600_000);
  assert.equal(lifetimeMsOf(request({ expirationSeconds: 999_999 }), dayMs), dayMs);
});

test("which requests are over", () => {
  const of = (type: string, hours: number, certificate = "") => ({
    conditions: [{ type, status: "True", lastUpdateTime: hoursAgo(hours) }],
    ...(certificate ? { certificate } : {}),
  });
  const rows: [string, CertificateSigningRequestStatus, boolean, number?][] = [
    ["waits for a day", {}, false],
    ["denied for less than an hour", of("Denied", 0.9), false],
    ["denied for an hour", of("Denied", 1.1), true],
    ["failed for an hour", of("Failed", 1.1), true],
    ["approved, not signed for less than a day", of("Approved", 23), false],
    ["approved, not signed for a day", of("Approved", 25), true],
    ["signed an hour ago", of("Approved", 1.1, "x"), true],
    ["signed just now", of("Approved", 0.5, "x"), false, now + 1],
    ["expired", of("Approved", 0.5, "x"), true, now - 1],
  ];
  for (const [name, status, over, expiresAt] of rows)
    assert.equal(isOver(request({}, status), now, expiresAt), over, name);
  const old = { ...request({}), metadata: { name: "r", creationTimestamp: hoursAgo(25) } };
  assert.equal(isOver(old, now, undefined), true);
});
