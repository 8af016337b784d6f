import assert from "node:assert/strict";
import { test } from "node:test";
import {
  addressRange,
  addressWarnings,
  ipAddress,
  ordinaryAddress,
  rangeWarnings,
  strictAddress,
  strictRange,
} from "./addresses.ts";
import type { Findings } from "./findings.ts";
import { parseAddress, parseRange } from "./ip-forms.ts";

const words = (findings: Findings): string[] =>
  [...findings].map(({ detail }) => detail.replace(/^Invalid value: "[^"]*": /, ""));

test("forms of addresses", () => {
  const rows: [name: string, text: string, canonical: string | undefined][] = [
    ["plain", "10.0.0.1", "10.0.0.1"],
    ["leading zeros are decimal", "010.002.0.1", "10.2.0.1"],
    ["too few parts", "10.0.0", undefined],
    ["too large a part", "10.0.0.256", undefined],
    ["nothing", "", undefined],
    ["a zone", "fe80::1%eth0", undefined],
    ["small letters, longest run of zeros", "FE80:0:0:1:0:0:0:ABC", "fe80:0:0:1::abc"],
    ["IPv4 in IPv6", "::ffff:1.2.3.4", "1.2.3.4"],
    ["IPv4 at the end of IPv6", "2001:db8::1.2.3.4", "2001:db8::102:304"],
    ["one group of zeros stays", "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ];
  for (const [name, text, canonical] of rows) assert.equal(parseAddress(text)?.canonical, canonical, name);
});

test("forms of ranges", () => {
  const rows: [name: string, text: string, canonical: string | undefined][] = [
    ["plain", "10.0.0.0/8", "10.0.0.0/8"],
    ["host bits go", "10.1.2.3/8", "10.0.0.0/8"],
    ["too long", "10.0.0.0/33", undefined],
    ["no length", "10.0.0.0/", undefined],
    ["two lengths", "10.0.0.0/8/8", undefined],
    ["mapped", "::ffff:1.2.3.4/120", "1.2.3.0/24"],
    ["mapped, but wider than IPv4", "::ffff:1.2.3.4/64", "::/64"],
    ["IPv6", "2001:DB8::1/32", "2001:db8::/32"],
  ];
  for (const [name, text, canonical] of rows) assert.equal(parseRange(text)?.canonical, canonical, name);
});

test("old and new fields", () => {
  assert.deepEqual(words(ipAddress("ip", "010.0.0.1")), []);
  assert.deepEqual(words(strictAddress("ip", "010.0.0.1")), ["must not have leading 0s"]);
  assert.deepEqual(words(strictAddress("ip", "::ffff:1.2.3.4")), ["must not be an IPv4-mapped IPv6 address"]);
  assert.deepEqual(words(strictAddress("ip", "2001:DB8::1")), ['must be in canonical form ("2001:db8::1")']);
  assert.deepEqual(words(addressRange("r", "10.1.2.3/8")), []);
  assert.deepEqual(words(strictRange("r", "10.1.2.3/8")), ["must not have bits set beyond the prefix length"]);
  assert.deepEqual(words(strictRange("r", "10.0.0.0/08")), ["must not have leading 0s in IP or prefix length"]);
});

test("addresses that no host has", () => {
  const rows: [string, string][] = [
    ["::0", "may not be unspecified (::0)"],
    ["127.1.1.1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
    ["::ffff:127.0.0.1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
    ["febf::1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
    ["224.0.0.9", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
    ["FF02::1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
    ["x", "must be a valid IP address"],
  ];
  for (const [address, text] of rows) assert.deepEqual(words(ordinaryAddress("ip", address)), [text]);
  assert.deepEqual(words(ordinaryAddress("ip", "fe8::1")), []);
});

test("warnings", () => {
  assert.deepEqual(addressWarnings("ip", "10.0.0.1"), []);
  assert.deepEqual(addressWarnings("ip", "10.0.0.01"), [
    'ip: non-standard IP address "10.0.0.01" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
  ]);
  assert.deepEqual(addressWarnings("ip", "FE80::1"), [
    'ip: IPv6 address "FE80::1" should be in RFC 5952 canonical format ("fe80::1")',
  ]);
  assert.deepEqual(rangeWarnings("r", "10.1.2.3/8"), [
    'r: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)',
  ]);
  assert.deepEqual(rangeWarnings("r", "10.0.0.0/08"), [
    'r: non-standard CIDR value "10.0.0.0/08" will be considered invalid in a future Kubernetes release: use "10.0.0.0/8"',
  ]);
});
