import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import { asSent } from "../emptied.ts";
import { StatusError } from "../status-error.ts";
import { type DecodeOptions, decodeObject, encodeObject, type FieldValidation, normalize } from "./index.ts";
import { parseExact } from "./parser.ts";

interface Recorded {
  readonly kind: string;
  readonly apiVersion: string;
  readonly yaml?: boolean;
  readonly body: string;
  /** The error of upstream's strict decoder. */
  readonly strict?: string;
  /** What its lax decoder makes of the body. */
  readonly object?: Record<string, unknown>;
}

const recorded = readFileSync(new URL("../../../test/data/codec/decode.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

function optionsFor({ kind, apiVersion, yaml }: Recorded, fieldValidation: FieldValidation): DecodeOptions {
  const [group = "", version = ""] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const type =
    schema.resources.find((r) => r.kind === kind && r.group === group)?.type ?? `${group}/${version}.${kind}`;
  const mediaType = yaml ? "application/yaml" : "application/json";
  return { group, version, kind, type, mediaType, fieldValidation };
}

function refusalOf(run: () => unknown): StatusError | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error;
  }
}

for (const one of recorded) {
  test(`decoding ${one.body.slice(0, 90)}`, () => {
    const body = Buffer.from(one.body);
    const strict = refusalOf(() => decodeObject(body, optionsFor(one, "Strict")));
    assert.equal(strict?.code, one.strict === undefined ? undefined : 400);
    if (strict) assert(strict.message.includes(`: ${one.strict}`), `${strict.message}\nwant ${one.strict}`);
    if (!one.object) return;
    const { object } = decodeObject(body, optionsFor(one, "Ignore"));
    const { kind, apiVersion } = one;
    assert.deepEqual(JSON.parse(encodeObject(object).toString()), { ...one.object, kind, apiVersion });
  });
}

const pod = { group: "", version: "v1", kind: "Pod", type: "core/v1.Pod", mediaType: "application/json" } as const;
const decode = (body: string, fieldValidation: FieldValidation = "Strict") =>
  decodeObject(Buffer.from(body), { ...pod, fieldValidation });

test("warnings are the strict errors, one each", () => {
  const { warnings } = decode('{"foo":1,"metadata":{"name":"a","name":"b"},"spec":{"bar":1}}', "Warn");
  assert.deepEqual(warnings, ['unknown field "foo"', 'duplicate field "metadata.name"', 'unknown field "spec.bar"']);
});

test("strict errors stop at a hundred", () => {
  const body = JSON.stringify(Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`x${i}`, i])));
  assert.equal(decode(body, "Warn").warnings.length, 100);
});

test("integers beyond doubles keep their digits", () => {
  const body = '{"spec":{"terminationGracePeriodSeconds":9007199254740993}}';
  assert(encodeObject(decode(body).object).toString().includes(":9007199254740993"));
});

test("kind and apiVersion stand first", () => {
  const { object } = decode('{"spec":{},"metadata":{"name":"a"}}');
  assert.deepEqual(Object.keys(object), ["kind", "apiVersion", "metadata", "spec", "status"]);
});

test("a body of another kind", () => {
  const messageOf = (body: string) => refusalOf(() => decode(body))?.message;
  assert.equal(
    messageOf('{"kind":"Service","apiVersion":"v1"}'),
    'Service in version "v1" cannot be handled as a Pod: converting (v1.Service) to (core.Pod): unknown conversion',
  );
  assert.equal(
    messageOf('{"kind":"Pod","apiVersion":"v2"}'),
    'Pod in version "v2" cannot be handled as a Pod: no kind "Pod" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
  );
});

test("a body that is no JSON is shown", () => {
  assert.equal(
    refusalOf(() => decode('{"metadata":{"name":"a-long-name"} x'))?.message,
    `the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: invalid character 'x' after object key:value pair ({"metadata":{"name":"a-long-na ...)`,
  );
});

test("depth has a bound", () => {
  const nested = (depth: number) => `{"spec":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  assert.match(refusalOf(() => decode(nested(10_000)))?.message ?? "", /exceeded max depth/);
  assert.match(refusalOf(() => decode(nested(5_000)))?.message ?? "", /cannot unmarshal array/);
});

test("custom objects keep all they hold", () => {
  const body =
    '{"spec":{"a":null,"big":12345678901234567,"__proto__":{"x":1.50}},"metadata":{"name":"a","finalizers":[]}}';
  const options = {
    group: "g",
    version: "v1",
    kind: "K",
    mediaType: "application/json",
    fieldValidation: "Strict",
  } as const;
  const { object } = decodeObject(Buffer.from(body), options);
  assert.equal(
    encodeObject(object).toString(),
    '{"apiVersion":"g/v1","kind":"K","metadata":{"name":"a"},"spec":{"a":null,"big":12345678901234567,"__proto__":{"x":1.5}}}',
  );
  const duplicate = refusalOf(() => decodeObject(Buffer.from('{"spec":{"a":1,"a":2}}'), options));
  assert.match(duplicate?.message ?? "", /strict decoding error: duplicate field "spec\.a"$/);
});

test("table defaults apply where their parent is", () => {
  const { object } = decode('{"spec":{"containers":[{"name":"c","ports":[{"containerPort":80}]}]}}');
  const text = JSON.stringify(object);
  assert(text.includes('{"containerPort":80,"protocol":"TCP"}'), text);
});

test("normalize drops what Go would not write and leaves its input alone", () => {
  const value = { metadata: { name: "a", labels: {} }, spec: { hostNetwork: false, nodeName: null, x: 1 } };
  const before = structuredClone(value);
  assert.deepEqual(normalize<object>(value, "core/v1.Pod"), {
    metadata: { name: "a" },
    spec: { containers: null },
    status: {},
  });
  assert.deepEqual(value, before);
});

test("invalid UTF-8 is replaced", () => {
  const body = Buffer.concat([Buffer.from('{"metadata":{"name":"a'), Buffer.from([0xff]), Buffer.from('"}}')]);
  assert.equal(decodeObject(body, { ...pod, fieldValidation: "Strict" }).object.metadata.name, "a\ufffd");
});

test("the exact parser agrees with the engine's", () => {
  const text = '{"a":[1,-2,{"b":"\\n\\u00e9\\\\","":[]}],"c":{},"d":true,"e":null}';
  assert.deepEqual(parseExact(text).value, JSON.parse(text));
});

test("a list that was sent empty is null where it is always written, but not in kinds stored as JSON", () => {
  const slice = normalize<object>(
    { addressType: "IPv4", endpoints: [], ports: [] },
    "discovery.k8s.io/v1.EndpointSlice",
  );
  assert.deepEqual(slice, { metadata: {}, endpoints: null, ports: null, addressType: "IPv4" });
  assert.deepEqual(asSent(slice, "endpoints"), [], "error texts show it as it came");
  const status = "apiextensions.k8s.io/v1.CustomResourceDefinitionStatus";
  const kept = normalize<Record<string, unknown>>({ conditions: [] }, status);
  assert.deepEqual(kept["conditions"], []);
});

test("maps come out in the order of their keys, whatever these are called", () => {
  const how = { group: "", version: "v1", kind: "ConfigMap", type: "core/v1.ConfigMap", mediaType: "application/json" };
  const body = '{"metadata":{"labels":{"b":"1","a":"2"}},"data":{"toString":"1","b":"2","__proto__":"3","a":"4"}}';
  const { object } = decodeObject(Buffer.from(body), { ...how, fieldValidation: "Strict" } as DecodeOptions);
  const { metadata, data } = JSON.parse(encodeObject(object).toString());
  assert.deepEqual(Object.entries(metadata.labels), [
    ["a", "2"],
    ["b", "1"],
  ]);
  assert.deepEqual(Object.entries(data), [
    ["__proto__", "3"],
    ["a", "4"],
    ["b", "2"],
    ["toString", "1"],
  ]);
});
