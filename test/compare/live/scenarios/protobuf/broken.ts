/** Bodies that are no proper protobuf, or say something else of themselves than the path does. */
import { encodeEnvelope, encodeMessage } from "#pkg/apimachinery/protobuf/index.ts";
import type { Scenario, Step } from "../../scenario.ts";
import { accepting, both, bytesOf, get, protobuf, send, sendJson } from "./asking.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const map = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { a: "1" } });
const message = (name: string): Buffer => encodeMessage(map(name), "core/v1.ConfigMap");
const magic = Buffer.from("k8s\0");
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

const under = (apiVersion: string, kind: string, raw = message("typed")): Buffer =>
  encodeEnvelope({ apiVersion, kind }, raw);

/** runtime.Unknown field by field. */
function unknown(fields: readonly (readonly [number, Buffer | string])[]): Buffer {
  const parts = fields.map(([number, value]) => {
    const bytes = Buffer.from(value as string);
    return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  });
  return Buffer.concat([magic, ...parts]);
}

const typeMeta = hex("0a027631 1209") as Buffer;
const identity = Buffer.concat([typeMeta, Buffer.from("ConfigMap")]);

const bodies: readonly (readonly [string, Buffer])[] = [
  ["empty", Buffer.alloc(0)],
  ["the prefix only", magic],
  ["half a prefix", Buffer.from("k8")],
  ["another prefix", Buffer.concat([Buffer.from("k9s\0"), bytesOf(map("m")).subarray(4)])],
  ["no prefix", bytesOf(map("m")).subarray(4)],
  ["JSON", Buffer.from(JSON.stringify(map("m")))],
  ["text", Buffer.from("hello")],
  ["no TypeMeta", unknown([[2, message("b1")]])],
  [
    "empty TypeMeta",
    unknown([
      [1, ""],
      [2, message("b2")],
    ]),
  ],
  ["no kind", under("v1", "", message("b3"))],
  ["no version", under("", "ConfigMap", message("b4"))],
  ["neither", under("", "", message("b5"))],
  ["another kind", under("v1", "Secret")],
  ["a kind of another group", under("apps/v1", "Deployment")],
  ["an unknown kind", under("v1", "Nothing")],
  ["an unknown version", under("v2", "ConfigMap")],
  ["an unknown group", under("none.example.com/v1", "ConfigMap")],
  ["a version of three parts", under("a/b/c", "ConfigMap")],
  ["a list", under("v1", "ConfigMapList")],
  ["a Status", under("v1", "Status")],
  ["DeleteOptions", under("v1", "DeleteOptions", Buffer.alloc(0))],
  ["a custom kind", under("shop.example.com/v1", "Gadget")],
  ["no raw", unknown([[1, identity]])],
  [
    "empty raw",
    unknown([
      [1, identity],
      [2, ""],
    ]),
  ],
  [
    "JSON for raw",
    unknown([
      [1, identity],
      [2, JSON.stringify(map("m"))],
    ]),
  ],
  [
    "JSON for raw, named",
    unknown([
      [1, identity],
      [2, JSON.stringify(map("m"))],
      [3, ""],
      [4, "application/json"],
    ]),
  ],
  [
    "protobuf, named",
    unknown([
      [1, identity],
      [2, message("b6")],
      [3, ""],
      [4, protobuf],
    ]),
  ],
  [
    "an encoding",
    unknown([
      [1, identity],
      [2, message("b7")],
      [3, "gzip"],
      [4, ""],
    ]),
  ],
  [
    "raw twice",
    unknown([
      [1, identity],
      [2, message("b8")],
      [2, message("b9")],
    ]),
  ],
  [
    "raw first",
    unknown([
      [2, message("b10")],
      [1, identity],
    ]),
  ],
  ["an unknown field of the envelope", Buffer.concat([under("v1", "ConfigMap", message("b11")), hex("aa06 01 61")])],
  ["rubbish behind", Buffer.concat([under("v1", "ConfigMap", message("b12")), hex("ff")])],
  ["cut off in the envelope", under("v1", "ConfigMap").subarray(0, 20)],
  ["cut off in the message", under("v1", "ConfigMap", message("typed").subarray(0, 20))],
  ["an unknown field", under("v1", "ConfigMap", Buffer.concat([message("b13"), hex("9a06 01 61")]))],
  ["an unknown group field", under("v1", "ConfigMap", Buffer.concat([message("b14"), hex("9b06 9c06")]))],
  ["a group without an end", under("v1", "ConfigMap", Buffer.concat([message("b15"), hex("9b06")]))],
  ["a wrong wire type", under("v1", "ConfigMap", hex("08 01"))],
  ["a wrong wire type further down", under("v1", "ConfigMap", hex("0a 02 08 01"))],
  ["a tag of zero", under("v1", "ConfigMap", hex("02 00"))],
  ["a tag that is an end", under("v1", "ConfigMap", hex("0c"))],
  ["a wire type that there is none of", under("v1", "ConfigMap", hex("0e"))],
  ["a length beyond the end", under("v1", "ConfigMap", hex("0aff01"))],
  ["a negative length", under("v1", "ConfigMap", hex("0a ffffffffffffffffff01"))],
  ["a varint without end", under("v1", "ConfigMap", hex("0a ffffffffffffffffffffff"))],
  ["metadata in two parts", under("v1", "ConfigMap", Buffer.concat([hex("0a 04 0a026131"), hex("0a 04 1a02 6131")]))],
  [
    "metadata in two parts that fit",
    under("v1", "ConfigMap", Buffer.concat([message("b16"), hex("0a 06 5a04 0a00 1200")])),
  ],
  ["a map's entry without a value", under("v1", "ConfigMap", Buffer.concat([message("b17"), hex("12 03 0a01 62")]))],
  ["a map's entry without a key", under("v1", "ConfigMap", Buffer.concat([message("b18"), hex("12 03 1201 62")]))],
  ["a map's key twice", under("v1", "ConfigMap", Buffer.concat([message("b19"), hex("12 06 0a01 61 1201 32")]))],
  ["a text that is no UTF-8", under("v1", "ConfigMap", Buffer.concat([message("b20"), hex("12 06 0a01 62 1201 ff")]))],
  ["a name that is no UTF-8", under("v1", "ConfigMap", hex("0a 03 0a01 ff"))],
  ["long varints", under("v1", "ConfigMap", Buffer.concat([message("b21"), hex("20 8100")]))],
  ["a bool of two", under("v1", "ConfigMap", Buffer.concat([message("b22"), hex("20 02")]))],
];

const posted: Scenario = {
  name: "protobuf refused: bodies",
  steps: bodies.flatMap(([note, body]): Step[] => [
    { method: "POST", path: maps, headers: both, body, note },
    {
      method: "POST",
      path: `${maps}?fieldValidation=Strict&dryRun=All`,
      headers: { "content-type": protobuf },
      body,
      note,
    },
  ]),
};

const options = (raw: string, kind = "DeleteOptions", apiVersion = "v1"): Buffer =>
  encodeEnvelope({ apiVersion, kind }, hex(raw));

const deletions: readonly (readonly [string, Buffer])[] = [
  ["nothing set", options("")],
  ["of meta", options("", "DeleteOptions", "meta.k8s.io/v1")],
  ["of another group", options("", "DeleteOptions", "apps/v1")],
  ["of no version", options("", "DeleteOptions", "")],
  ["no kind", options("", "", "v1")],
  ["another kind", options("", "ConfigMap")],
  ["an unknown kind", options("", "Nothing")],
  ["a policy", options("22 06 4f727068616e")],
  ["a wrong policy", options("22 04 456c7365")],
  ["a dry run", options("2a 03 416c6c")],
  ["a wrong dry run", options("2a 03 416c78")],
  ["preconditions", options("12 03 0a01 78")],
  ["cut off", options("12 09")],
  ["no envelope", Buffer.from("{}")],
  ["empty", Buffer.alloc(0)],
];

const deleted: Scenario = {
  name: "protobuf refused: deletions",
  steps: [
    send("POST", maps, map("del")),
    ...deletions.flatMap(([note, body]): Step[] => [
      { method: "DELETE", path: `${maps}/del`, headers: both, body, note },
      sendJson("POST", maps, map("del")),
    ]),
    { method: "DELETE", path: `${maps}/del`, headers: { ...accepting, "content-type": "text/plain" }, body: "{}" },
    { method: "DELETE", path: `${maps}?labelSelector=a%3Db`, headers: both, body: options("") },
    { method: "DELETE", path: `${maps}?labelSelector=a%3Db`, headers: both, body: options("", "Nothing") },
  ],
};

/** Errors of all kinds, as their readers get them. */
const errors: Scenario = {
  name: "protobuf refused: errors",
  steps: [
    get(`${maps}/none`),
    get("/api/v1/namespaces/default/nothing"),
    get("/apis/apps/v2/deployments"),
    get("/apis/none.example.com/v1/things"),
    get("/none"),
    get("/api/v1/namespaces/default/pods/none/log"),
    get(`${maps}?labelSelector=a%20b`),
    get(`${maps}?fieldSelector=data%3D1`),
    get(`${maps}?limit=word`),
    get(`${maps}?resourceVersion=word`),
    get(`${maps}?continue=word`),
    get(`${maps}?watch=true&resourceVersion=word`),
    get(`${maps}?watch=true&timeoutSeconds=word`),
    { method: "POST", path: `${maps}/a`, headers: both, body: bytesOf(map("a")) },
    { method: "PUT", path: maps, headers: both, body: bytesOf(map("a")) },
    { method: "PATCH", path: `${maps}/a`, headers: both, body: bytesOf(map("a")) },
    { method: "PATCH", path: `${maps}/a`, headers: { ...accepting, "content-type": "text/plain" }, body: "{}" },
    { method: "OPTIONS", path: maps, headers: accepting },
    send("POST", maps, { ...map("A"), metadata: { name: "A", labels: { "a b": "c" } } }),
    send("POST", maps, { ...map("x"), metadata: { name: "x", namespace: "else" } }),
    send("POST", maps, { ...map("x"), metadata: { name: "x", resourceVersion: "1" } }),
    send("POST", "/api/v1/namespaces/none/configmaps", map("x")),
    send("PUT", `${maps}/none`, { ...map("else") }),
    send("PUT", `${maps}/none`, { ...map("none"), metadata: { name: "none", resourceVersion: "1" } }),
    send("PUT", `${maps}/none`, { ...map("none"), metadata: { name: "none", uid: "x" } }),
    send("POST", `${maps}?dryRun=Some`, map("x")),
    send("POST", `${maps}?fieldValidation=Else`, map("x")),
    sendJson("PATCH", `${maps}/none`, [], "application/json-patch+json"),
    {
      method: "GET",
      path: "/api/v1/pods",
      headers: { ...accepting, "impersonate-user": "somebody" },
      note: "as somebody",
    },
    { method: "GET", path: "/api/v1/pods", headers: { ...accepting, authorization: "Bearer x" }, note: "a token" },
    { method: "GET", path: "/apis", headers: { ...accepting, "impersonate-user": "x", "impersonate-uid": "y" } },
    { method: "GET", path: "/api/v1/pods", headers: { ...accepting, "impersonate-group": "x" }, note: "no user" },
  ],
};

export const protobufRefusals: readonly Scenario[] = [posted, deleted, errors];
