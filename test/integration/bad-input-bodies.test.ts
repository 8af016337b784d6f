/** Bodies that are cut, deep, doubled, half a character, too large a number, or no message at all. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { schema } from "#api/index.ts";
import { encodeEnvelope, encodeMessage } from "#pkg/apimachinery/protobuf/index.ts";
import { BadClient, type RawAnswer } from "./bad-input/server.ts";
import { Random } from "./model/random.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const pods = "/api/v1/namespaces/default/pods?dryRun=All";
const seed = Number(process.env["BAD_INPUT_SEED"] ?? 1);

let client: BadClient;

before(async () => {
  client = await BadClient.start();
});
after(() => client?.[Symbol.asyncDispose]());

/** Nothing that was sent has changed what every object has. */
after(() => {
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  assert.equal(Object.keys(Object.prototype).length, 0);
});

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p", labels: { a: "b" }, annotations: { note: 'text "quoted" \\ é' } },
  spec: {
    containers: [{ name: "c", image: "i", ports: [{ containerPort: 80 }], resources: { limits: { cpu: "1.5" } } }],
    tolerations: [{ operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 }],
  },
};

/** What a body is answered with that is somebody's mistake: never the server's. */
function assertRefused({ status, text }: RawAnswer, what: string): void {
  assert.ok(status >= 400 && status < 500, `${what}: ${status} ${text.slice(0, 300)}`);
  assert.equal((JSON.parse(text) as { kind: string }).kind, "Status", what);
}

/** Upstream itself answers some mistakes with 500 in words of its own; a fault that nobody foresaw has these. */
function assertNoFault({ status, text }: RawAnswer, what: string): void {
  assert.ok(status >= 200 && !text.includes("Internal error occurred"), `${what}: ${status} ${text.slice(0, 300)}`);
}

test("bodies that end too early", async () => {
  const whole = JSON.stringify(pod);
  for (let at = 0; at < whole.length; at += 7) {
    assertRefused(await client.json("POST", pods, whole.slice(0, at) || " "), `cut at ${at}`);
  }
  for (let i = 0; i < 20; i += 1) {
    const stream = client.open({ method: "POST", path: maps, headers: { "content-type": "application/json" } });
    stream.on("error", () => {});
    stream.write(whole.slice(0, 100));
    await new Promise((resolve) => setTimeout(resolve, 2));
    stream.destroy();
  }
  const head = `POST ${maps} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n`;
  await client.raw(`${head}{"kind":`, { end: true });
  assert.equal((await client.ask({ method: "GET", path: "/version" })).status, 200);
});

test("bodies of ten thousand levels and more", async () => {
  const nest = (open: string, close: string, depth: number): string => open.repeat(depth) + close.repeat(depth);
  const rows: [name: string, type: string, method: string, body: string][] = [];
  for (const depth of [9_000, 10_001, 100_000, 1_000_000]) {
    const lists = `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"deep"},"x":${nest("[", "]", depth)}}`;
    const objects = `{"kind":"ConfigMap","apiVersion":"v1","x":${`{"a":`.repeat(depth / 2)}1${"}".repeat(depth / 2)}}`;
    rows.push([`${depth} lists`, "application/json", "POST", lists]);
    rows.push([`${depth} objects`, "application/json", "POST", objects]);
    rows.push([`${depth} lists, YAML`, "application/yaml", "POST", lists]);
    rows.push([`${depth} lists, merge patch`, "application/merge-patch+json", "PATCH", lists]);
    rows.push([`${depth} objects, strategic patch`, "application/strategic-merge-patch+json", "PATCH", objects]);
    rows.push([`${depth} lists, JSON patch`, "application/json-patch+json", "PATCH", nest("[", "]", depth)]);
    rows.push([`${depth} objects, apply`, "application/apply-patch+yaml", "PATCH", objects]);
  }
  await client.json("POST", maps, { kind: "ConfigMap", apiVersion: "v1", metadata: { name: "target" } });
  for (const [name, type, method, body] of rows) {
    const path = method === "PATCH" ? `${maps}/target?fieldManager=deep&dryRun=All` : `${maps}?dryRun=All`;
    const begin = performance.now();
    assertNoFault(await client.json(method, path, body, type), name);
    // Nobody else is answered meanwhile.
    assert.ok(performance.now() - begin < 5_000, `${name} took ${performance.now() - begin} ms`);
  }
  assertRefused(await client.json("POST", `${maps}?dryRun=All`, rows[2 * 7]?.[3] ?? ""), "100,000 levels");
});

test("doubled keys", async () => {
  const doubled = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"doubled"},"data":{"a":"1","a":"2"}}';
  const strict = await client.json("POST", `${maps}?fieldValidation=Strict`, doubled);
  assertRefused(strict, "strict");
  assert.match(strict.text, /duplicate field/);
  const warned = await client.json("POST", maps, doubled);
  assert.equal(warned.status, 201);
  assert.match(String(warned.headers["warning"]), /duplicate field/);
  assert.equal((JSON.parse(warned.text) as { data: { a: string } }).data.a, "2");
});

test("half characters become the replacement character, as in Go", async () => {
  const rows: [name: string, body: Buffer][] = [
    ["a lone high surrogate", Buffer.from('{"metadata":{"name":"half"},"data":{"a":"x\\ud800y"}}')],
    ["a lone low surrogate", Buffer.from('{"metadata":{"name":"half"},"data":{"a":"x\\udc00y"}}')],
    ["a byte that is no UTF-8", Buffer.from('{"metadata":{"name":"half"},"data":{"a":"x\xffy"}}', "latin1")],
  ];
  for (const [name, body] of rows) {
    const { status, text } = await client.json("POST", `${maps}?dryRun=All`, body);
    assert.equal(status, 201, `${name}: ${text}`);
    assert.equal((JSON.parse(text) as { data: { a: string } }).data.a, "x\ufffdy", name);
  }
});

test("numbers that no field holds", async () => {
  const numbers = [
    "9223372036854775808",
    "-9223372036854775809",
    "1e400",
    "-1e400",
    "1e18",
    "1.5",
    `1${"0".repeat(5_000)}`,
  ];
  for (const number of numbers) {
    const priority = `{"metadata":{"name":"p"},"spec":{"priority":${number},"containers":[{"name":"c","image":"i"}]}}`;
    assertRefused(await client.json("POST", pods, priority), `priority ${number.slice(0, 30)}`);
    const grace = `{"metadata":{"name":"p"},"spec":{"activeDeadlineSeconds":${number},"containers":[{"name":"c","image":"i"}]}}`;
    assertRefused(await client.json("POST", pods, grace), `activeDeadlineSeconds ${number.slice(0, 30)}`);
  }
  const largest =
    '{"metadata":{"name":"p","annotations":{"a":"9007199254740993"}},"spec":{"terminationGracePeriodSeconds":9007199254740993,"containers":[{"name":"c","image":"i"}]}}';
  const { status, text } = await client.json("POST", pods, largest);
  assert.equal(status, 201, text);
  assert.match(text, /"terminationGracePeriodSeconds":9007199254740993[,}]/);
});

test("keys with a meaning in JavaScript are keys like any other", async () => {
  const names = ["__proto__", "constructor", "toString", "hasOwnProperty", "prototype"];
  const data = `{${names.map((name) => `"${name}":"v"`).join()}}`;
  const made = await client.json("POST", maps, `{"metadata":{"name":"proto"},"data":${data}}`);
  assert.equal(made.status, 201, made.text);
  const patches: [type: string, body: string][] = [
    ["application/merge-patch+json", '{"data":{"__proto__":"w"},"__proto__":{"polluted":"x"}}'],
    [
      "application/strategic-merge-patch+json",
      '{"data":{"constructor":"w"},"constructor":{"prototype":{"polluted":"x"}}}',
    ],
    ["application/json-patch+json", '[{"op":"add","path":"/__proto__/polluted","value":"x"}]'],
    ["application/json-patch+json", '[{"op":"add","path":"/constructor/prototype/polluted","value":"x"}]'],
    ["application/json-patch+json", '[{"op":"replace","path":"/data/toString","value":"w"}]'],
    [
      "application/apply-patch+yaml",
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: proto}\ndata: {hasOwnProperty: w, __proto__: w}",
    ],
  ];
  for (const [type, body] of patches) {
    const force = type.includes("apply") ? "&force=true" : "";
    assertNoFault(await client.json("PATCH", `${maps}/proto?fieldManager=m${force}`, body, type), body);
  }
  const { text } = await client.ask({ method: "GET", path: `${maps}/proto` });
  const { data: found } = JSON.parse(text) as { data: Record<string, string> };
  assert.deepEqual(
    names.map((name) => Object.getOwnPropertyDescriptor(found, name)?.value),
    ["w", "w", "w", "w", "v"],
  );
  for (const name of names) {
    const labels = `{"metadata":{"name":"l","labels":{"${name}":"v"}}}`;
    assertNoFault(await client.json("POST", `${maps}?dryRun=All`, labels), `label ${name}`);
  }
});

test("JSON with random damage is refused or taken, and never a fault", async () => {
  const random = new Random(seed);
  const text = JSON.stringify(pod);
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "null",
    "-",
    "1e9",
    "\\u",
    "\0",
    "true",
    '"__proto__":{',
    " ",
    "é",
  ];
  for (let i = 0; i < 600; i += 1) {
    let damaged = text;
    for (let edits = 1 + random.below(3); edits > 0; edits -= 1) {
      const at = random.below(damaged.length);
      damaged = damaged.slice(0, at) + random.pick(pieces) + damaged.slice(at + random.below(6));
    }
    const type = random.pick(["application/json", "application/json", "application/yaml"]);
    assertNoFault(await client.json("POST", pods, damaged, type), `seed ${seed}: ${damaged}`);
  }
});

test("protobuf with wrong lengths and unknown fields", async () => {
  const type = schema.resources.find(({ plural, group }) => plural === "pods" && group === "")?.type;
  assert.ok(type);
  const message = Buffer.from(encodeMessage(pod, type));
  const envelope = (raw: Buffer): Buffer => encodeEnvelope({ apiVersion: "v1", kind: "Pod" }, raw);
  const send = (body: Buffer) => client.json("POST", pods, body, "application/vnd.kubernetes.protobuf");
  const taken = await send(envelope(message));
  assert.equal(taken.status, 201, taken.text);
  // Field 1000, a varint: a newer client's.
  const unknown = Buffer.concat([message, Buffer.from([0xc0, 0x3e, 0x01])]);
  assert.equal((await send(envelope(unknown))).status, 201);
  const rows: [name: string, body: Buffer][] = [
    ["nothing", Buffer.alloc(0)],
    ["the magic alone", Buffer.from("k8s\0")],
    ["other magic", Buffer.concat([Buffer.from("k9s\0"), envelope(message).subarray(4)])],
    ["a length beyond the end", envelope(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]))],
    ["a length without end", envelope(Buffer.alloc(20, 0xff))],
    ["a negative length", envelope(Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]))],
    ["wire type 7", envelope(Buffer.from([0x0f, 0x01]))],
    ["an open group", envelope(Buffer.from([0x0b, 0x0b, 0x0b]))],
  ];
  for (const [name, body] of rows) assertRefused(await send(body), name);
  const random = new Random(seed);
  const whole = envelope(message);
  for (let i = 0; i < 600; i += 1) {
    const damaged = Buffer.from(whole.subarray(0, random.below(4) === 0 ? random.below(whole.length) : whole.length));
    for (let edits = 1 + random.below(4); edits > 0 && damaged.length > 0; edits -= 1) {
      damaged[random.below(damaged.length)] = random.below(256);
    }
    assertNoFault(await send(damaged), `seed ${seed}: ${damaged.toString("hex")}`);
  }
});
