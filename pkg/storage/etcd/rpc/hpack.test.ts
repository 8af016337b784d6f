/** Header blocks beside those of another implementation: what Node's HTTP/2 sends, we read. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHeaders, encodeHeaders } from "./hpack.ts";
import { decodeHuffman } from "./huffman.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

test("Huffman: the examples of RFC 7541, appendix C", () => {
  const rows: [coded: string, text: string][] = [
    ["f1e3 c2e5 f23a 6ba0 ab90 f4ff", "www.example.com"],
    ["a8eb 1064 9cbf", "no-cache"],
    ["25a8 49e9 5ba9 7d7f", "custom-key"],
    ["25a8 49e9 5bb8 e8b4 bf", "custom-value"],
    ["d07a be94 1054 d444 a820 0595 040b 8166 e082 a62d 1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
    ["9d29 ad17 1863 c78f 0b97 c8e9 ae82 ae43 d3", "https://www.example.com"],
  ];
  for (const [coded, text] of rows) assert.equal(decodeHuffman(hex(coded)).toString("latin1"), text);
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
  assert.deepEqual([...decodeHeaders(encodeHeaders(fields))], fields);
});

test("blocks of a server: indexed fields, literals of each kind, a table set to nothing", () => {
  // RFC 7541, C.6.1's fields without the table: 20, then :status 200, content-type, grpc-status.
  const block = Buffer.concat([hex("20 88 5f"), Buffer.from([16]), Buffer.from("application/grpc")]);
  const more = Buffer.concat([hex("40 0b"), Buffer.from("grpc-status"), hex("01 30")]);
  const never = Buffer.concat([hex("10 01 61 01 62")]);
  assert.deepEqual(
    [...decodeHeaders(Buffer.concat([block, more, never]))],
    [
      [":status", "200"],
      ["content-type", "application/grpc"],
      ["grpc-status", "0"],
      ["a", "b"],
    ],
  );
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
  for (const [name, block] of rows) assert.throws(() => decodeHeaders(hex(block)), /hpack/, name);
});
