import assert from "node:assert/strict";
import { test } from "node:test";
import { labelSelectorFrom, parseLabelSelector as parse } from "./index.ts";

const canonical: [text: string, canonical: string][] = [
  ["", ""],
  ["a=b", "a=b"],
  ["a==b", "a==b"],
  ["a!=b", "a!=b"],
  ["a", "a"],
  ["!a", "!a"],
  ["a in (b,c)", "a in (b,c)"],
  ["a in (c,b),d notin (e)", "a in (b,c),d notin (e)"],
  ["z=1,a=2", "a=2,z=1"],
  ["a>1", "a>1"],
  ["a<5", "a<5"],
  ["a in ()", "a in ()"],
  ["a=", "a="],
  ["a!=", "a!="],
  ["a in (,)", "a in ()"],
  ["a in (b,)", "a in (,b)"],
  ["a in (b,,c)", "a in (,b,c)"],
  ["x in (a),y", "x in (a),y"],
  ["a notin (b, c) , d", "a notin (b,c),d"],
  ["in in (a)", "in in (a)"],
  ["notin=x", "notin=x"],
  ["a=in", "a=in"],
  ["a in (in,notin)", "a in (in,notin)"],
  ["  a  =  b  ", "a=b"],
  ["a>1,a<3", "a>1,a<3"],
  ["ex.com/a=b", "ex.com/a=b"],
  ["a,a", "a,a"],
  ["a=b,a!=c", "a=b,a!=c"],
  ["!a,!b", "!a,!b"],
  ["a,!b,c", "a,!b,c"],
  ["a\n=b", "a=b"],
];
for (const [text, want] of canonical) {
  test(`${JSON.stringify(text)} is written ${want}`, () => assert.equal(parse(text).toString(), want));
}

/** The answers of upstream's parser. */
const refused: [text: string, message: string][] = [
  [
    "a>x",
    "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
  ["a in", "unable to parse requirement: found '' expected: '('"],
  ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
  ["a in b", "unable to parse requirement: found 'b' expected: '('"],
  ["a,", "found '', expected: identifier after ','"],
  [",a", "found ',', expected: !, identifier, or 'end of string'"],
  ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ["a=b c", "found 'c', expected: ',' or 'end of string'"],
  ["a=b=c", "found '=', expected: ',' or 'end of string'"],
  ["!a=b", "found '=', expected: ',' or 'end of string'"],
  ["!", "unable to parse requirement: found '', expected: identifier"],
  ["a===b", "unable to parse requirement: found '=', expected: identifier"],
  ["a=!b", "unable to parse requirement: found '!', expected: identifier"],
  ["bad key!=x", "unable to parse requirement: found 'key', expected: in, notin, =, ==, !=, gt, lt"],
  [
    "Bad/Key/x=y",
    "unable to parse requirement: <nil>: Invalid value: \"Bad/Key/x\": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
  ],
  [
    "a=-bad",
    "unable to parse requirement: values[0][a]: Invalid value: \"-bad\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ],
  ["a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"],
  ["()", "found '(', expected: !, identifier, or 'end of string'"],
  ["a(b)", "unable to parse requirement: found '(', expected: in, notin, =, ==, !=, gt, lt"],
  ["a >= 1", "unable to parse requirement: found '=', expected: identifier"],
  ["a=b,", "found '', expected: identifier after ','"],
  ["a!b", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
  [
    "-a=b",
    "unable to parse requirement: <nil>: Invalid value: \"-a\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ],
  ["/a=b", 'unable to parse requirement: <nil>: Invalid value: "/a": prefix part must be non-empty'],
  [
    "a=b/c",
    "unable to parse requirement: values[0][a]: Invalid value: \"b/c\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ],
  ["a exists", "unable to parse requirement: found 'exists', expected: in, notin, =, ==, !=, gt, lt"],
  [
    "a=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    'unable to parse requirement: values[0][a]: Invalid value: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": must be no more than 63 bytes',
  ],
  ["a in (b", "unable to parse requirement: found '', expected: ',' or ')'"],
  ["a not in (b)", "unable to parse requirement: found 'not', expected: in, notin, =, ==, !=, gt, lt"],
  ["=b", "found '=', expected: !, identifier, or 'end of string'"],
  ["!=b", "found '!=', expected: !, identifier, or 'end of string'"],
  [
    "é=b",
    "unable to parse requirement: <nil>: Invalid value: \"é\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
  ],
  [
    "a>",
    "unable to parse requirement: values[0]: Invalid value: \"\": for 'Gt', 'Lt' operators, the value must be an integer",
  ],
  [
    "a<-1",
    "unable to parse requirement: values[0][a]: Invalid value: \"-1\": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ],
];
for (const [text, message] of refused) {
  test(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parse(text), { message }));
}

const matching: [selector: string, labels: Record<string, string> | undefined, matches: boolean][] = [
  ["", undefined, true],
  ["a=b", { a: "b" }, true],
  ["a=b", undefined, false],
  ["a=", {}, false],
  ["a!=b", {}, true],
  ["a!=b", { a: "b" }, false],
  ["a in (b,c)", { a: "c" }, true],
  ["a notin (b,c)", { a: "c" }, false],
  ["a notin (b,c)", {}, true],
  ["a", { a: "" }, true],
  ["!a", { a: "" }, false],
  ["a>1", { a: "2" }, true],
  ["a>1", { a: "1" }, false],
  ["a>1", { a: "x" }, false],
  ["a<9223372036854775807", { a: "9223372036854775806" }, true],
  ["a=b,c", { a: "b" }, false],
  ["a=b,c", { a: "b", c: "" }, true],
  ["constructor", {}, false],
  ["toString!=x", {}, true],
];
for (const [selector, labels, matches] of matching) {
  test(`${JSON.stringify(selector)} ${matches ? "matches" : "refuses"} ${JSON.stringify(labels)}`, () => {
    assert.equal(parse(selector).matches(labels), matches);
  });
}

test("an absent selector selects nothing, an empty one everything", () => {
  assert.equal(labelSelectorFrom(undefined).matches({ a: "b" }), false);
  assert.equal(labelSelectorFrom({}).matches(undefined), true);
});

test("a selector from an object", () => {
  const selector = labelSelectorFrom({
    matchLabels: { z: "1", a: "2" },
    matchExpressions: [{ key: "k", operator: "NotIn", values: ["y", "x"] }],
  });
  assert.equal(selector.toString(), "a=2,k notin (x,y),z=1");
  assert.equal(selector.matches({ a: "2", z: "1" }), true);
  assert.equal(selector.matches({ a: "2", z: "1", k: "x" }), false);
});

test("a selector from an object is validated", () => {
  assert.throws(() => labelSelectorFrom({ matchExpressions: [{ key: "a", operator: "Like" }] }), {
    message: '"Like" is not a valid label selector operator',
  });
  assert.throws(() => labelSelectorFrom({ matchExpressions: [{ key: "a", operator: "In" }] }), {
    message: "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty",
  });
});
