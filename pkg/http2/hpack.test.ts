/** Header blocks: the examples of RFC 7541, and what is wrong. Node's own implementation is beside ours in server.test.ts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HeaderDecoder } from "./header-decoder.ts";
import { encodeHeaders, ResponseEncoder } from "./header-encoder.ts";
import { decodeHuffman } from "./huffman.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

type Fields = [name: string, value: string][];

function decode(decoder: HeaderDecoder, block: Buffer): Fields {
  const fields: Fields = [];
  decoder.decode(block, (name, value) => fields.push([name, value]));
  return fields;
}

test("Huffman: the examples of RFC 7541, appendix C", () => {
  const rows: [coded: string, text: string][] = [
    ["f1e3 c2e5 f23a 6ba0 ab90 f4ff", "www.example.com"],
    ["a8eb 1064 9cbf", "no-cache"],
    ["25a8 49e9 5ba9 7d7f", "custom-key"],
    ["25a8 49e9 5bb8 e8b4 bf", "custom-value"],
    ["d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
    ["9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3", "https://www.example.com"],
  ];
  for (const [coded, text] of rows) assert.equal(decodeHuffman(hex(coded)), text);
});

test("Huffman: what is no code is refused", () => {
  const rows: [name: string, coded: string, why: RegExp][] = [
    ["padding of zeros", "f1e3 c2e5 f23a 6ba0 ab90 f400", /padding/],
    ["a whole byte of padding", "a8eb 1064 9cbf ff", /padding/],
    ["the end of string", "ffff ffff", /end of a string|end of string/],
  ];
  for (const [name, coded, why] of rows) assert.throws(() => decodeHuffman(hex(coded)), why, name);
});

test("a block says what was put in, long values too", () => {
  const fields: [string, string][] = [
    [":path", "/etcdserverpb.KV/Txn"],
    ["te", "trailers"],
    ["x-long", "y".repeat(5_000)],
    ["x-short", "y".repeat(127)],
    ["empty", ""],
  ];
  assert.deepEqual(decode(new HeaderDecoder(0), encodeHeaders(fields)), fields);
});

test("blocks of a server: indexed fields, literals of each kind, a table set to nothing", () => {
  // RFC 7541, C.6.1's fields without the table: 20, then :status 200, content-type, grpc-status.
  const block = Buffer.concat([hex("20 88 5f"), Buffer.from([16]), Buffer.from("application/grpc")]);
  const more = Buffer.concat([hex("40 0b"), Buffer.from("grpc-status"), hex("01 30")]);
  const never = Buffer.concat([hex("10 01 61 01 62")]);
  assert.deepEqual(decode(new HeaderDecoder(0), Buffer.concat([block, more, never])), [
    [":status", "200"],
    ["content-type", "application/grpc"],
    ["grpc-status", "0"],
    ["a", "b"],
  ]);
});

test("wrong blocks are refused", () => {
  const rows: [name: string, block: string][] = [
    ["index 0", "80"],
    ["an index of a table that we do not have", "be"],
    ["a string cut short", "00 05 61"],
    ["an integer cut short", "ff"],
    ["an integer without end", "7f ff ff ff ff ff ff ff"],
    ["a table larger than announced", "3f e1 1f"],
  ];
  for (const [name, block] of rows) assert.throws(() => decode(new HeaderDecoder(0), hex(block)), /hpack/, name);
});

test("a table: requests of RFC 7541, C.4, coded and with what earlier ones said", () => {
  const decoder = new HeaderDecoder(4096);
  const target: Fields = [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", "/"],
    [":authority", "www.example.com"],
  ];
  assert.deepEqual(decode(decoder, hex("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff")), target);
  assert.deepEqual(decode(decoder, hex("8286 84be 5886 a8eb 1064 9cbf")), [...target, ["cache-control", "no-cache"]]);
  assert.deepEqual(decode(decoder, hex("8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf")), [
    [":method", "GET"],
    [":scheme", "https"],
    [":path", "/index.html"],
    [":authority", "www.example.com"],
    ["custom-key", "custom-value"],
  ]);
});

test("a table: responses of RFC 7541, C.6, with entries that are evicted", () => {
  const decoder = new HeaderDecoder(256);
  const place = ["location", "https://www.example.com"] as [string, string];
  const date = (second: number): [string, string] => ["date", `Mon, 21 Oct 2013 20:13:${second} GMT`];
  const cached: [string, string] = ["cache-control", "private"];
  const first =
    "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3";
  assert.deepEqual(decode(decoder, hex(first)), [[":status", "302"], cached, date(21), place]);
  assert.deepEqual(decode(decoder, hex("4883 640e ffc1 c0bf")), [[":status", "307"], cached, date(21), place]);
  const third =
    "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07";
  assert.deepEqual(decode(decoder, hex(third)), [
    [":status", "200"],
    cached,
    date(22),
    place,
    ["content-encoding", "gzip"],
    ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
  ]);
  assert.throws(() => decode(decoder, hex("c1")), /nothing is at index/, "evicted");
});

test("a table without end: a thousand entries, of which the last are kept", () => {
  const decoder = new HeaderDecoder(4096);
  for (let i = 0; i < 1_000; i += 1) {
    const name = `n${String(i).padStart(4, "0")}`;
    decode(decoder, Buffer.concat([hex("40 05"), Buffer.from(name), hex("01 31")]));
  }
  // 6 bytes and 32 more: 107 of them fit.
  assert.deepEqual(decode(decoder, hex("be")), [["n0999", "1"]]);
  assert.deepEqual(decode(decoder, Buffer.from([0xff, 62 + 106 - 127])), [["n0893", "1"]]);
  assert.throws(() => decode(decoder, Buffer.from([0xff, 62 + 107 - 127])), /nothing is at index/);
});

const answer = {
  "content-type": "application/json",
  date: "Mon, 21 Oct 2013 20:13:21 GMT",
  warning: ['299 - "one"', '299 - "two"'],
  "content-length": 12,
} as const;
const answerFields: Fields = [
  [":status", "201"],
  ["content-type", "application/json"],
  ["date", "Mon, 21 Oct 2013 20:13:21 GMT"],
  ["warning", '299 - "one"'],
  ["warning", '299 - "two"'],
  ["content-length", "12"],
];

function encode(encoder: ResponseEncoder): Buffer {
  const into = Buffer.alloc(encoder.bytesMax(answer));
  return into.subarray(0, encoder.encode(into, 0, 201, answer));
}

test("responses: said once, what comes again is an index", () => {
  const encoder = new ResponseEncoder();
  const decoder = new HeaderDecoder(4096);
  const first = encode(encoder);
  const second = encode(encoder);
  assert.deepEqual(decode(decoder, first), answerFields);
  assert.deepEqual(decode(decoder, second), answerFields);
  assert.ok(second.length <= first.length - "application/json".length, `${first.length}, then ${second.length}`);
});

test("responses: a peer without a table is told that there is none", () => {
  const encoder = new ResponseEncoder();
  const decoder = new HeaderDecoder(4096);
  decode(decoder, encode(encoder));
  encoder.limitTable(0);
  const blocks = [encode(encoder), encode(encoder)];
  assert.equal(blocks[0]?.[0], 0x20);
  const without = new HeaderDecoder(0);
  for (const block of blocks) assert.deepEqual(decode(without, block), answerFields);
});
