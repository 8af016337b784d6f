import assert from "node:assert/strict";
import { test } from "node:test";
import { CelError, CompileError, CostLimitError, CostMeter, celTypes, Environment, fromJson } from "./index.ts";

const { bool, dyn, int, listOf, mapOf, string } = celTypes;
const object = (fields: Record<string, celTypes.Type>): celTypes.Type => ({
  kind: "object",
  name: "self",
  fields: new Map(Object.entries(fields)),
});

const environment = new Environment({
  variables: { self: object({ n: int, s: string, list: listOf(int), map: mapOf(string, int), on: bool }), any: dyn },
});
const self = fromJson({ n: 3, s: "héllo", list: [3, 1, 2], map: { a: 1, b: 2 }, on: true });
const any = fromJson({ a: { b: [1, "x", null] }, replicas: 3, half: 0.5, text: "10%" });

const evaluate = (text: string): unknown => environment.compile(text).evaluate({ self, any });

const truths = [
  "self.n == 3 && self.s.size() == 5",
  "self.list.all(x, x > 0) && self.list.exists(x, x == 2) && self.list.exists_one(x, x > 2)",
  "self.list.map(x, x * 2) == [6, 2, 4] && self.list.filter(x, x != 1) == [3, 2]",
  "self.list.map(x, x > 1, string(x)) == ['3', '2']",
  "self.map.all(k, v, v < 3) && self.map.transformMap(k, v, v + 1)['a'] == 2",
  "self.map.transformList(k, v, k + string(v)).sort() == ['a1', 'b2']",
  "[1, 2].transformMapEntry(i, v, {string(v): i}) == {'1': 0, '2': 1}",
  "has(self.n) && !has(any.missing) && has(any.a.b)",
  "any.a.b[1] == 'x' && any.a.b[2] == null",
  "any.?missing.orValue(5) == 5 && any.?replicas.hasValue() && any.a.?b[?0].value() == 1",
  "optional.none().or(optional.of(1)).value() == 1 && any.?replicas.optMap(r, r + 1).orValue(0) == 4",
  "1 < 1.5 && 2u > 1 && dyn(1) == 1.0",
  "(false && any.nope) == false && (any.nope || true)",
  "[1, 2].exists(x, any.nope || x == 2)",
  "self.on ? true : any.nope",
  "-7 / 2 == -3 && -7 % 2 == -1 && 7.0 / 2.0 == 3.5",
  "'a' + 'b' == 'ab' && [1] + [2] == [1, 2] && b'a' + b'\\x62' == b'ab'",
  "2 in self.list && 'a' in self.map && !('z' in self.map)",
  "type(self.n) == int && type('') == string && type([]) == list && type(self.map) == map",
  "string(1.5) == '1.5' && string(1e6) == '1e+06' && int('42') == 42 && double('1e3') == 1000.0",
  "timestamp('2024-02-29T12:00:00Z') + duration('1h30m') == timestamp('2024-02-29T13:30:00Z')",
  "timestamp('2024-02-29T12:00:00Z').getDayOfYear() == 59 && timestamp('2024-02-29T23:00:00Z').getHours('Europe/Berlin') == 0",
  "duration('90m').getHours() == 1 && string(duration('1500ms')) == '1.5s'",
  "'abc'.matches('^a.c$') && !'abc'.matches('^b') && 'a1b22'.findAll('[0-9]+') == ['1', '22']",
  "'héllo'.charAt(1) == 'é' && 'hello'.substring(1, 3) == 'el' && 'a,b,c'.split(',', 2) == ['a', 'b,c']",
  "'%s is %d of %.2f'.format([dyn('x'), 3, 1.5]) == 'x is 3 of 1.50' && ['a', 'b'].join('-') == 'a-b'",
  "'abcabc'.replace('b', 'X', 1) == 'aXcabc' && 'ab'.replace('', '-') == '-a-b-' && 'ABC'.lowerAscii() == 'abc'",
  "'abc'.indexOf('c') == 2 && 'abca'.lastIndexOf('a') == 3 && '  x '.trim() == 'x'",
  "[1, 2, 3].isSorted() && self.list.sum() == 6 && self.list.max() == 3 && self.list.indexOf(2) == 2",
  "[[1], [2, 3]].flatten() == [1, 2, 3] && [1, 1, 2].distinct() == [1, 2] && lists.range(3) == [0, 1, 2]",
  "[3, 1, 2].sortBy(x, -x) == [3, 2, 1] && [1, 2, 3].slice(0, 2) == [1, 2] && [1, 2].reverse() == [2, 1]",
  "sets.contains([1, 2, 3], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && !sets.intersects([1], [2])",
  "quantity('1.5Gi').isGreaterThan(quantity('1Gi')) && quantity('1k').asInteger() == 1000 && !isQuantity('x')",
  "quantity('50m').add(quantity('1')).compareTo(quantity('1050m')) == 0 && sign(quantity('-1')) == -1",
  "ip('10.1.2.3').family() == 4 && isIP('::1') && !isIP('1.2.3') && ip.isCanonical('2001:db8::1')",
  "string(ip('2001:DB8:0:0:1:0:0:1')) == '2001:db8::1:0:0:1' && ip('127.0.0.1').isLoopback()",
  "cidr('10.0.0.0/8').containsIP('10.2.3.4') && cidr('10.0.0.0/8').containsCIDR(cidr('10.1.0.0/16')) && cidr('10.1.2.3/8').masked() == cidr('10.0.0.0/8')",
  "url('https://user@example.com:80/a/b?x=1&x=2#f').getHost() == 'example.com:80' && url('https://[::1]:80/').getHostname() == '::1'",
  "url('https://example.com/a?x=1&x=2').getQuery() == {'x': ['1', '2']} && isURL('/abs') && !isURL('rel')",
  "semver('1.2.3-rc.1').isLessThan(semver('1.2.3')) && semver('v1', true).minor() == 0 && !isSemver('1.2')",
  "!format.dns1123Label().validate('ok-1').hasValue() && format.dns1123Label().validate('No').hasValue() && format.named('uuid').hasValue()",
  "size('😀') == 1 && '\\u00e9' == 'é' && r'\\d' == '\\\\d' && '''a\nb'''.size() == 3",
  "[1, 2, 3].exists(x, [4, 5].exists(y, x + y == 8)) && [[1, 2], [3]].map(l, l.map(x, x + 1)) == [[2, 3], [4]]",
  "{'a': 1}['a'] == 1 && {?'x': optional.none(), 'y': 2} == {'y': 2} && [?optional.of(1)] == [1]",
  "int(timestamp('1970-01-01T00:00:01Z')) == 1 && timestamp(0) == timestamp('1970-01-01T00:00:00Z')",
];

for (const text of truths) test(text, () => assert.equal(evaluate(text), true));

const failures: { text: string; message: string }[] = [
  { text: "any.nope == 1", message: "no such key: nope" },
  { text: "self.list[7] == 1", message: "index out of bounds: 7" },
  { text: "1 / (self.n - 3) == 1", message: "division by zero" },
  { text: "9223372036854775807 + self.n > 0", message: "integer overflow" },
  { text: "any.replicas + any.text == 1", message: "no such overload" },
  { text: "int('x') == 1", message: 'strconv.ParseInt: parsing "x": invalid syntax' },
  { text: "optional.none().value() == 1", message: "optional.none() dereference" },
];

for (const { text, message } of failures) {
  test(`${text} fails`, () =>
    assert.throws(
      () => evaluate(text),
      (error) => error instanceof CelError && error.message === message,
    ));
}

const refusals: { text: string; message: string }[] = [
  { text: "self.z == 1", message: "ERROR: <input>:1:5: undefined field 'z'\n | self.z == 1\n | ....^" },
  {
    text: "self.n == 'x'",
    message:
      "ERROR: <input>:1:8: found no matching overload for '_==_' applied to '(int, string)'\n | self.n == 'x'\n | .......^",
  },
  {
    text: "self.s.nope()",
    message: "ERROR: <input>:1:12: undeclared reference to 'nope' (in container '')\n | self.s.nope()\n | ...........^",
  },
  {
    text: "other",
    message: "ERROR: <input>:1:1: undeclared reference to 'other' (in container '')\n | other\n | ^",
  },
  {
    text: "self.n.all(x, true)",
    message:
      "ERROR: <input>:1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | self.n.all(x, true)\n | ....^",
  },
  {
    text: "self.s.matches('[')",
    message: "ERROR: <input>:1:16: invalid matches argument\n | self.s.matches('[')\n | ...............^",
  },
];

for (const { text, message } of refusals) {
  test(`${text} is refused`, () =>
    assert.throws(
      () => environment.compile(text),
      (error) => {
        assert.ok(error instanceof CompileError);
        assert.equal(error.message, message);
        return true;
      },
    ));
}

test("types of results", () => {
  assert.equal(celTypes.printType(environment.compile("self.list.map(x, [x])").type), "list(list(int))");
  assert.equal(celTypes.printType(environment.compile("any.x").type), "dyn");
  assert.ok(environment.compile("any.x == self.n").reads("any"));
});

test("an expression that costs too much ends", () => {
  const large = fromJson({ list: Array.from({ length: 2_000 }, (_, at) => at) });
  const program = environment.compile("self.list.all(x, self.list.all(y, x + y >= 0))");
  const meter = new CostMeter(100_000);
  assert.throws(() => program.evaluate({ self: large }, meter), CostLimitError);
  assert.ok(meter.spent > 100_000);
  assert.throws(() => environment.compile("lists.range(1000000000000).size() > 0").evaluate({}), CostLimitError);
});

test("members that people name as JavaScript names its own are ordinary", () => {
  const program = environment.compile("has(any.constructor) || has(any.__proto__)");
  assert.equal(program.evaluate({ any: fromJson({}) }), false);
  assert.equal(program.evaluate({ any: fromJson(JSON.parse('{"__proto__": 1}')) }), true);
});

test("nesting without end is refused", () => {
  assert.throws(() => environment.compile(`${"(".repeat(5_000)}1${")".repeat(5_000)}`), /recursion limit exceeded/);
});
