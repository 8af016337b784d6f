import assert from "node:assert/strict";
import { test } from "node:test";
import { parseExpression } from "./parser.ts";

const operand =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
const argument = operand.replace("'(', ", "'(', ')', ");
const item =
  "{'[', ']', '{', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

/** Places and texts as a running upstream told them. */
const refused: Readonly<Record<string, readonly string[]>> = {
  "": [`1:0: Syntax error: mismatched input '<EOF>' expecting ${operand}`],
  "1 +": [`1:4: Syntax error: mismatched input '<EOF>' expecting ${operand}`],
  "&&": [
    `1:1: Syntax error: mismatched input '&&' expecting ${operand}`,
    `1:3: Syntax error: mismatched input '<EOF>' expecting ${operand}`,
  ],
  "a && )": [`1:6: Syntax error: mismatched input ')' expecting ${operand}`],
  " ? b : c": [
    `1:2: Syntax error: extraneous input '?' expecting ${operand}`,
    "1:6: Syntax error: mismatched input ':' expecting <EOF>",
  ],
  "a ? b": ["1:6: Syntax error: mismatched input '<EOF>' expecting ':'"],
  "!": [`1:2: Syntax error: extraneous input '<EOF>' expecting ${operand}`],
  "-": [
    "1:2: Syntax error: no viable alternative at input '-'",
    `1:2: Syntax error: mismatched input '<EOF>' expecting ${operand}`,
  ],
  "f(": [`1:3: Syntax error: mismatched input '<EOF>' expecting ${argument}`],
  "f(1": ["1:4: Syntax error: missing ')' at '<EOF>'"],
  "f(1,)": [`1:5: Syntax error: mismatched input ')' expecting ${operand}`],
  "[": [`1:2: Syntax error: mismatched input '<EOF>' expecting ${item}`],
  "[1": ["1:3: Syntax error: mismatched input '<EOF>' expecting {']', ','}"],
  "[1,": ["1:4: Syntax error: missing ']' at '<EOF>'"],
  "[1,,2]": ["1:4: Syntax error: mismatched input ',' expecting ']'"],
  "{1:2": ["1:5: Syntax error: mismatched input '<EOF>' expecting {'}', ','}"],
  "{1:}": [`1:4: Syntax error: mismatched input '}' expecting ${operand}`],
  "a.": ["1:3: Syntax error: no viable alternative at input '.'"],
  "a..b": ["1:3: Syntax error: no viable alternative at input '..'"],
  "a.in": [
    "1:3: Syntax error: no viable alternative at input '.in'",
    `1:5: Syntax error: mismatched input '<EOF>' expecting ${operand}`,
  ],
  "a.?": [
    "1:4: Syntax error: mismatched input '<EOF>' expecting {IDENTIFIER, ESC_IDENTIFIER}",
    "1:4: unsupported ident kind",
  ],
  "a.`b`": ["1:3: unsupported syntax: '`'"],
  "a.map(1, 2)": ["1:7: argument is not an identifier"],
  "a.all(1, 2)": ["1:7: argument must be a simple name"],
  "a' + 'b'": [
    "1:2: Syntax error: mismatched input '' + '' expecting <EOF>",
    "1:8: Syntax error: token recognition error at: '''",
  ],
  "99999999999999999999": ["1:1: invalid int literal"],
};

for (const [text, errors] of Object.entries(refused)) {
  test(`refused: ${text || "(empty)"}`, () => {
    let message = "";
    try {
      parseExpression(text);
    } catch (error) {
      message = (error as Error).message;
    }
    const told = message.split("\n").filter((line) => line.startsWith("ERROR: "));
    assert.deepEqual(
      told,
      errors.map((error) => `ERROR: <input>:${error}`),
    );
  });
}

for (const text of ["[1,]", "{,}", "[,]", "{1: 2,}", "-9223372036854775808", "!!a", "a.?b[?0]", "[?a]"]) {
  test(`taken: ${text}`, () => assert.doesNotThrow(() => parseExpression(text)));
}
