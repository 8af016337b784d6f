/** What is read from the packages, and that it reaches everything that the documents speak of. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import { allSchemas } from "#pkg/apiserver/openapi/all-schemas.ts";
import { describeParameters } from "#pkg/apiserver/openapi/texts.ts";
import { allOperations, openApiV2Json } from "#pkg/apiserver/openapi/v2.ts";
import { chooseText } from "./choose.ts";
import { unescapeText } from "./client-node.ts";
import { columnTexts } from "./columns.ts";
import { linesOf } from "./described-type.ts";
import { parameterTexts } from "./parameters.ts";
import { schemaTexts } from "./schemas.ts";

const values = 'Which.\n\nPossible enum values:\n - `"A"` is first.\n - `"Gone"` was once.';
for (const { name, exact, earlier, of, is } of [
  { name: "of both, the exact one", exact: "New.", earlier: "Old.", is: "New." },
  { name: "the only one", exact: undefined, earlier: "Old.", is: "Old." },
  { name: "none", exact: undefined, earlier: undefined, is: undefined },
  {
    name: "meanings of today's values",
    exact: "Which one.",
    earlier: values,
    of: ["B", "A"],
    is: 'Which one.\n\nPossible enum values:\n - `"A"` is first.\n - `"B"`',
  },
  { name: "no values of a field that takes any", exact: undefined, earlier: values, is: "Which." },
]) {
  test(`chosen: ${name}`, () => assert.equal(chooseText(exact, earlier, of), is));
}

test("lines of a comment", () => {
  assert.equal(linesOf("     * One.\n     *\n     *   Two.\n     * @deprecated\n"), "One.\n\n  Two.");
});

for (const { text, is } of [
  { text: "&lt;a&gt; is &#39;b&#39;", is: "<a> is 'b'" },
  { text: "First.  Second.", is: "First.\n\nSecond." },
  { text: "Either: - `a`   with more - `b`", is: "Either: - `a`\n  with more\n- `b`" },
]) {
  test(`a text on one line: ${text}`, () => assert.equal(unescapeText(text), is));
}

const texts = { schemas: schemaTexts(), parameters: parameterTexts() };

/** Upstream says nothing of these either. */
const silent =
  /\.JSONSchemaProps\.|\.ExternalDocumentation\.|\.version\.Info\.|\.CertificateSigningRequest(List)?\.metadata$|\.IngressRule\.http$|\.WatchEvent\.type$/;

test("every published field is described", () => {
  const { definitions } = JSON.parse(openApiV2Json(schema.resources, "v1.35.4").toString()) as { definitions: object };
  const missing = [...allSchemas(schema.resources)]
    .filter(([name]) => Object.hasOwn(definitions, name))
    .flatMap(([name, { properties = {} }]) =>
      Object.keys(properties as object)
        .filter((field) => !texts.schemas[name]?.fields[field])
        .map((field) => `${name}.${field}`),
    );
  assert.deepEqual(
    missing.filter((field) => !silent.test(field)),
    [],
  );
});

test("a field's text is its own", () => {
  const pod = texts.schemas["io.k8s.api.core.v1.PodSpec"]?.fields;
  assert.match(pod?.["nodeName"] ?? "", /^NodeName /);
  assert.match(pod?.["restartPolicy"] ?? "", /\n\nPossible enum values:\n - `"Always"`\n/);
});

test("every parameter of every operation is described", () => {
  const missing = allOperations(schema.resources).flatMap((operation) =>
    describeParameters(operation, texts)
      .parameters.filter(({ description }) => !description)
      .map(({ name }) => `${operation.id} ${name}`),
  );
  assert.deepEqual(missing, []);
});

test("columns say what is said of their fields, without the meanings of values", () => {
  const { every, resources } = columnTexts(texts.schemas);
  assert.equal(every["Name"], texts.schemas["io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"]?.fields["name"]);
  assert.doesNotMatch(JSON.stringify(resources), /Possible enum values/);
  const silentColumns = schema.resources.flatMap(({ plural, columns }) =>
    columns.filter(({ name }) => !(resources[plural]?.[name] ?? every[name])).map(({ name }) => `${plural} ${name}`),
  );
  assert.deepEqual(silentColumns, []);
});
