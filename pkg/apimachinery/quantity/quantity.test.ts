import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuantity, quantityFormatError, quantityOf, quantitySuffixError } from "./index.ts";

const written: [text: string, canonical: string, value: bigint, milli: bigint][] = [
  ["0", "0", 0n, 0n],
  ["0.5", "500m", 1n, 500n],
  ["1000m", "1", 1n, 1000n],
  ["1e3", "1e3", 1000n, 1000000n],
  ["1E3", "1E3", 1000n, 1000000n],
  ["1e4", "10e3", 10000n, 10000000n],
  ["1024Ki", "1Mi", 1048576n, 1048576000n],
  ["1.5Gi", "1536Mi", 1610612736n, 1610612736000n],
  ["1025Mi", "1025Mi", 1074790400n, 1074790400000n],
  ["0001Mi", "0001Mi", 1048576n, 1048576000n],
  ["+1Mi", "+1Mi", 1048576n, 1048576000n],
  ["1.500", "1.500", 2n, 1500n],
  ["1.50", "1500m", 2n, 1500n],
  ["0.100", "100m", 1n, 100n],
  ["1n", "1n", 1n, 1n],
  ["0.1n", "1n", 1n, 1n],
  ["1.0000000001", "1000000001n", 2n, 1001n],
  [".", "0", 0n, 0n],
  ["+", "0", 0n, 0n],
  ["k", "0", 0n, 0n],
  ["1E+3", "1E+3", 1000n, 1000000n],
  ["512", "512", 512n, 512000n],
  ["1000", "1k", 1000n, 1000000n],
  ["1023Ki", "1023Ki", 1047552n, 1047552000n],
  ["1000Ki", "1000Ki", 1024000n, 1024000000n],
  ["500", "500", 500n, 500000n],
  ["0.5Ki", "512", 512n, 512000n],
  ["0.5Mi", "512Ki", 524288n, 524288000n],
  ["0.0001Mi", "104857600u", 105n, 104858n],
  ["-1500m", "-1500m", -2n, -1500n],
  ["-1.5Gi", "-1536Mi", -1610612736n, -1610612736000n],
  ["1u", "1u", 1n, 1n],
  ["1500u", "1500u", 1n, 2n],
  [".5", "500m", 1n, 500n],
  ["1.", "1.", 1n, 1000n],
  ["100M", "100M", 100000000n, 100000000000n],
  ["1024", "1024", 1024n, 1024000n],
  ["2048M", "2048M", 2048000000n, 2048000000000n],
  ["0Mi", "0", 0n, 0n],
  ["00", "0", 0n, 0n],
  ["1e-3", "1e-3", 1n, 1n],
  ["1e-4", "100e-6", 1n, 1n],
  ["1e-20", "1e-9", 1n, 1n],
  ["1.5", "1500m", 2n, 1500n],
  ["3.14159265358979", "3141592654n", 4n, 3142n],
  [".5Gi", "512Mi", 536870912n, 536870912000n],
  ["1000k", "1M", 1000000n, 1000000000n],
  ["1024Gi", "1Ti", 1099511627776n, 1099511627776000n],
  ["1.1Ki", "1126400m", 1127n, 1126400n],
  ["0.000001Gi", "1073741824u", 1074n, 1073742n],
];

for (const [text, canonical, value, milli] of written) {
  test(`quantity ${JSON.stringify(text)} is ${canonical}`, () => {
    const q = parseQuantity(text);
    assert.equal(q.toString(), canonical);
    assert.equal(q.value(), value);
    assert.equal(q.milliValue(), milli);
  });
}

for (const text of ["", "abc", "1.2.3", "5 ", "1_000", "Bad_Value!"]) {
  test(`quantity ${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseQuantity(text), { message: quantityFormatError });
  });
}

for (const text of ["1e", "1Kii", "1m3", "1e99999999999999999999"]) {
  test(`the suffix of ${text} is refused`, () => {
    assert.throws(() => parseQuantity(text), { message: quantitySuffixError });
  });
}

test("sums keep the first non-zero format", () => {
  const sum = (a: string, b: string) => parseQuantity(a).add(parseQuantity(b)).toString();
  assert.equal(sum("1Gi", "512Mi"), "1536Mi");
  assert.equal(sum("0", "512Mi"), "512Mi");
  assert.equal(sum("100m", "0.9"), "1");
  assert.equal(sum("1n", "1"), "1000000001n");
  assert.equal(sum("9223372036854775807", "1"), "9223372036854775808");
});

test("differences may be negative", () => {
  const difference = parseQuantity("1Gi").subtract(parseQuantity("2Gi"));
  assert.equal(difference.toString(), "-1Gi");
  assert.equal(difference.sign, -1);
  assert.equal(parseQuantity("1n").subtract(parseQuantity("1n")).isZero, true);
});

test("comparison is exact beyond doubles", () => {
  const compare = (a: string, b: string) => parseQuantity(a).compare(parseQuantity(b));
  assert.equal(compare("9007199254740993", "9007199254740992"), 1);
  assert.equal(compare("1e1000000000", "1e3"), 1);
  assert.equal(compare("-1e1000000000", "1"), -1);
  assert.equal(compare("1Ki", "1024"), 0);
  assert.equal(compare("1n", "0"), 1);
});

test("amounts beyond int64 are capped where an int64 is asked for", () => {
  assert.equal(parseQuantity("100E").value(), 2n ** 63n - 1n);
  assert.equal(parseQuantity("-100E").milliValue(), -(2n ** 63n));
});

test("numbers", () => {
  assert.equal(parseQuantity("1500m").toNumber(), 1.5);
  assert.equal(parseQuantity("1e100").toNumber(), 1e100);
  assert.equal(quantityOf(3, "BinarySI").multiply(1024).toString(), "3Ki");
});
