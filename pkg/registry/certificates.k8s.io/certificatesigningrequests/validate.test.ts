import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
  CertificateSigningRequestSpec,
} from "#api/types/certificates.k8s.io/v1";
import { validateNewRequest, validateRequestUpdate } from "./validate.ts";

/** Made with `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=a`. */
const pem = `-----BEGIN CERTIFICATE REQUEST-----
MIHHMG4CAQAwDDEKMAgGA1UEAwwBYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IA
BLLdMcFqjBP3FrPKLwEY2ymF0p71o4jisRM9+tp1xnoOJnKJ4I4xQrfkjHZoe8uX
tk5FMj87aKNzsduRCNS1YMugADAKBggqhkjOPQQDAgNJADBGAiEAkq84tMSX2UBB
xa7YdzuCfeaJTmzpmxI+hP6ME/SGZ4oCIQDbwUPv8VK5OY6ZlGpmb1Fy/sDBNvjk
aTzALTzdAH1nJQ==
-----END CERTIFICATE REQUEST-----
`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const spec: CertificateSigningRequestSpec = {
  request: base64(pem),
  signerName: "example.com/signer",
  usages: ["client auth"],
};
const request = (
  change: Partial<CertificateSigningRequestSpec>,
  conditions: CertificateSigningRequestCondition[] = [],
): CertificateSigningRequest => ({ metadata: { name: "r" }, spec: { ...spec, ...change }, status: { conditions } });
const texts = (errors: readonly { field: string; detail: string }[]) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

/** Changes one character of the signature. */
const forged = pem.replace(/(.)(=*\n-----END)/, (_, last: string, end: string) => (last === "A" ? "B" : "A") + end);

const rows: readonly {
  name: string;
  change: Partial<CertificateSigningRequestSpec>;
  says: readonly (string | RegExp)[];
}[] = [
  { name: "good", change: {}, says: [] },
  {
    name: "another kind of block",
    change: { request: base64(pem.replaceAll("CERTIFICATE REQUEST", "CERTIFICATE")) },
    says: [/PEM block type must be CERTIFICATE REQUEST$/],
  },
  { name: "a forged signature", change: { request: base64(forged) }, says: [/ECDSA verification failure$/] },
  {
    name: "a signer without a domain of two parts",
    change: { signerName: "example/Signer" },
    says: [
      /^spec.signerName: Invalid value: "example": should be a domain with at least two segments/,
      /^spec.signerName: Invalid value: "Signer": validating label "Signer": a lowercase RFC 1123 subdomain/,
    ],
  },
  {
    name: "the legacy signer",
    change: { signerName: "kubernetes.io/legacy-unknown" },
    says: [/the legacy signerName is not allowed via this API version$/],
  },
];

for (const { name, change, says } of rows) {
  test(`a new request: ${name}`, () => {
    const found = texts(validateNewRequest(request(change)));
    assert.equal(found.length, says.length, found.join("\n"));
    for (const [at, wanted] of says.entries()) assert.match(found[at] ?? "", wanted as RegExp);
  });
}

const approved = { type: "Approved", status: "True", lastUpdateTime: "2026-01-01T00:00:00Z" };
const denied = { type: "Denied", status: "True" };

test("only the endpoint for approval approves, and nothing takes it back", () => {
  const approval = validateRequestUpdate({ approval: true, certificate: false });
  const status = validateRequestUpdate({ approval: false, certificate: true });
  assert.deepEqual(texts(approval(request({}, [approved]), request({}))), []);
  assert.deepEqual(texts(status(request({}, [approved]), request({}))), [
    'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
  ]);
  assert.deepEqual(texts(approval(request({}), request({}, [approved]))), [
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ]);
  assert.deepEqual(texts(approval(request({}, [approved, denied]), request({}, [approved]))), [
    'status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ]);
});
