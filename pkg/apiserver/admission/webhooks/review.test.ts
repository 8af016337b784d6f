import assert from "node:assert/strict";
import { test } from "node:test";
import type { Status } from "#api/types/meta/v1";
import { denial } from "./failure.ts";
import { decodeAnswer, readVerdict, reviewVersion } from "./review.ts";

const review = (
  response: object | null,
  kind: object = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" },
) => ({
  ...kind,
  response,
});
const patch = Buffer.from("[]").toString("base64");

const wrong = [
  { name: "nothing", answer: {}, error: "webhook response was absent" },
  { name: "no response", answer: review(null), error: "webhook response was absent" },
  {
    name: "no identity",
    answer: review({ uid: "u" }, {}),
    error: "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /, Kind=",
  },
  {
    name: "another version",
    answer: review({ uid: "u" }, { apiVersion: "admission.k8s.io/v1beta1", kind: "AdmissionReview" }),
    error:
      "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1beta1, Kind=AdmissionReview",
  },
  { name: "another question", answer: review({ uid: "x" }), error: 'expected response.uid="u", got "x"' },
  {
    name: "a patch without its type",
    answer: review({ uid: "u", patch }),
    error: "webhook returned response.patch but not response.patchType",
  },
  {
    name: "a type without its patch",
    answer: review({ uid: "u", patchType: "JSONPatch" }),
    error: "webhook returned response.patchType but not response.patch",
  },
];
for (const { name, answer, error } of wrong) {
  test(`no verdict: ${name}`, () => {
    assert.throws(() => readVerdict(answer, { version: "v1", uid: "u", mutating: true }), { message: error });
  });
}

test("values of a wrong type", () => {
  assert.throws(() => decodeAnswer(review({ uid: "u", allowed: "yes" })), {
    message: "json: cannot unmarshal string into Go struct field AdmissionResponse.response.allowed of type bool",
  });
  assert.throws(() => decodeAnswer(review({ uid: "u", warnings: [3] })), { message: /^json: cannot unmarshal number/ });
});

test("verdicts of both versions", () => {
  const yes = { uid: "u", allowed: true, patch, patchType: "JSONPatch", warnings: ["w"] };
  const expected = {
    allowed: true,
    status: undefined,
    patch: { patch: "[]", patchType: "JSONPatch" },
    warnings: ["w"],
  };
  assert.deepEqual(readVerdict(review(yes), { version: "v1", uid: "u", mutating: true }), expected);
  const loose = { response: { allowed: true, patch } };
  const beta = readVerdict(loose, { version: "v1beta1", uid: "u", mutating: true });
  assert.deepEqual([beta.allowed, beta.patch?.patchType], [true, "JSONPatch"]);
  assert.equal(readVerdict(loose, { version: "v1beta1", uid: "u", mutating: false }).patch, undefined);
});

test("the version that both sides know", () => {
  assert.equal(reviewVersion(["v9", "v1beta1", "v1"]), "v1beta1");
  assert.throws(() => reviewVersion(["v9"]), {
    message: "webhook does not accept known AdmissionReview versions (v1, v1beta1)",
  });
});

const denials: { name: string; status: Status | undefined; text: string; code: number; reason: string | undefined }[] =
  [
    { name: "nothing said", status: undefined, text: " without explanation", code: 400, reason: undefined },
    { name: "a message", status: { message: "no" }, text: ": no", code: 400, reason: undefined },
    { name: "a reason only", status: { reason: "Mine" }, text: ": Mine", code: 400, reason: "Mine" },
    {
      name: "a code that is none of a refusal",
      status: { message: "no", code: 200 },
      text: ": no",
      code: 400,
      reason: undefined,
    },
    {
      name: "its own code and reason",
      status: { message: "no", code: 403, reason: "Forbidden" },
      text: ": no",
      code: 403,
      reason: "Forbidden",
    },
  ];
for (const { name, status, text, code, reason } of denials) {
  test(`a refusal: ${name}`, () => {
    const told = denial("w", status).toStatus();
    assert.equal(told.message, `admission webhook "w" denied the request${text}`);
    assert.deepEqual([told.code, told.reason, told.status], [code, reason, "Failure"]);
  });
}
