import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalAddress, isStrict, parseAddress } from "./address.ts";
import { addressAt, containsRange, overlaps, parseRange, printRange, readRange } from "./range.ts";

const addresses: readonly [name: string, text: string, canonical: string | undefined, strict?: boolean][] = [
  ["IPv4", "10.0.0.1", "10.0.0.1", true],
  ["leading zeros", "010.002.003.004", "10.2.3.4", false],
  ["a number too large", "10.0.0.256", undefined],
  ["three numbers", "10.0.0", undefined],
  ["IPv6", "2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1", true],
  ["the last group by dots", "64:ff9b::1.2.3.4", "64:ff9b::102:304", true],
  ["mapped", "::ffff:1.2.3.4", "1.2.3.4", true],
  ["mapped, in hex", "::ffff:102:304", "1.2.3.4", true],
  ["all zero", "::", "::", true],
  ["one zero group is written out", "1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7", true],
  ["an ellipsis for nothing", "1:2:3:4::5:6:7:8", undefined],
  ["an ellipsis for one group", "1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8", true],
  ["two ellipses", "1::2::3", undefined],
  ["three colons", "1:::3", undefined],
  ["a zone", "fe80::1%eth0", undefined],
  ["a long group", "::00001", "::1", false],
  ["dots in the middle", "1:1.2.3.4::", undefined],
  ["nothing", "", undefined],
];

for (const [name, text, canonical, strict] of addresses) {
  test(`address: ${name}`, () => {
    assert.equal(canonicalAddress(text), canonical);
    if (strict !== undefined) assert.equal(isStrict(text), strict);
  });
}

test("a mapped address is IPv4, and says that it was mapped", () => {
  assert.deepEqual(parseAddress("::ffff:0.0.0.7"), { family: 4, value: 7n, mapped: true });
});

const ranges: readonly [name: string, text: string, canonical: string | undefined][] = [
  ["bits beyond the prefix", "10.96.7.7/12", "10.96.0.0/12"],
  ["one address", "10.0.0.1/32", "10.0.0.1/32"],
  ["too long a prefix", "10.0.0.1/33", undefined],
  ["no prefix", "10.0.0.1", undefined],
  ["a sign", "10.0.0.1/+8", undefined],
  ["IPv6", "fd00::1/108", "fd00::/108"],
  ["mapped", "::ffff:10.0.0.1/120", "10.0.0.0/24"],
  ["everything", "0.0.0.0/0", "0.0.0.0/0"],
];

for (const [name, text, canonical] of ranges) {
  test(`range: ${name}`, () => {
    const range = readRange(text);
    assert.equal(range && printRange(range), canonical);
  });
}

test("ranges contain and overlap each other within a family", () => {
  const [wide, narrow, other] = [parseRange("10.0.0.0/8"), parseRange("10.1.0.0/16"), parseRange("11.0.0.0/8")];
  assert.equal(containsRange(wide, narrow), true);
  assert.equal(containsRange(narrow, wide), false);
  assert.equal(overlaps(narrow, wide), true);
  assert.equal(overlaps(wide, other), false);
  assert.equal(overlaps(parseRange("0.0.0.0/0"), parseRange("::/0")), false);
  assert.equal(addressAt(narrow, 10n), "10.1.0.10");
});
