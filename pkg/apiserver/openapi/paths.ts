/** Operations as the `paths` of a document, in both of its versions. Pure. */
import type { Method, Operation } from "./operations.ts";
import { type Parameter, sortParameters } from "./parameters.ts";
import type { Schema } from "./schemas.ts";

export type Edition = "v2" | "v3";

const unauthorized = { description: "Unauthorized" };
const success: Readonly<Record<string, string>> = { "200": "OK", "201": "Created", "202": "Accepted" };

/** Parameters that all operations of a path take stand with the path. */
export function pathsOf(operations: readonly Operation[], edition: Edition): Record<string, Schema> {
  const byPath = Map.groupBy(operations, ({ path }) => path);
  const entries = [...byPath].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([path, all]) => [path, pathItem(all, edition)]));
}

const keyOf = ({ name, in: place }: Parameter): string => `${place}/${name}`;

const order: readonly Method[] = ["get", "put", "post", "delete", "options", "head", "patch"];

function pathItem(operations: readonly Operation[], edition: Edition): Schema {
  const [first] = operations;
  const common = (first?.parameters ?? []).filter((one) =>
    operations.every(({ parameters }) => parameters.some((other) => keyOf(other) === keyOf(one))),
  );
  const shared = new Set(common.map(keyOf));
  const render = edition === "v3" ? operationV3 : operationV2;
  const sorted = operations.toSorted((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
  return {
    ...Object.fromEntries(
      sorted.map((one) => [
        one.method,
        render(one, sortParameters(one.parameters.filter((parameter) => !shared.has(keyOf(parameter))))),
      ]),
    ),
    ...(common.length > 0
      ? { parameters: sortParameters(common).map(edition === "v3" ? parameterV3 : parameterV2) }
      : {}),
  };
}

/** Thousands of operations take the same few parameters: each of them is written once. */
function once(write: (parameter: Parameter) => Schema): (parameter: Parameter) => Schema {
  const written = new WeakMap<Parameter, Schema>();
  return (parameter) => written.getOrInsertComputed(parameter, write);
}

const parameterV3 = once(({ name, in: place, type, description }) => ({
  name,
  in: place,
  ...(description === undefined ? {} : { description }),
  ...(place === "path" ? { required: true } : {}),
  schema: { type, uniqueItems: true },
}));

const parameterV2 = once(({ name, in: place, type, description }) => ({
  uniqueItems: true,
  type,
  ...(description === undefined ? {} : { description }),
  name,
  in: place,
  ...(place === "path" ? { required: true } : {}),
}));

const kindOf = ({ action, of }: Operation): Schema =>
  action === undefined || of === undefined
    ? {}
    : {
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": { group: of.group, version: of.version, kind: of.kind },
      };

function operationV3(operation: Operation, parameters: readonly Parameter[]): Schema {
  const { tag, id, description, body, answers, consumes, produces } = operation;
  const content = (types: readonly string[], name: string): Schema => ({
    content: Object.fromEntries(types.toSorted().map((type) => [type, { schema: schemaOf(name, "v3") }])),
  });
  const responses = Object.entries(answers).map(([code, name]): [string, Schema] => [
    code,
    { description: success[code], ...content(produces, name) },
  ]);
  return {
    tags: [tag],
    description,
    operationId: id,
    ...(parameters.length > 0 ? { parameters: parameters.map(parameterV3) } : {}),
    ...(body
      ? { requestBody: { ...content(consumes, body.schema), ...(body.required ? { required: true } : {}) } }
      : {}),
    responses: { ...Object.fromEntries(responses), "401": unauthorized },
    ...kindOf(operation),
  };
}

function operationV2(operation: Operation, parameters: readonly Parameter[]): Schema {
  const { tag, id, description, body, answers, consumes, produces } = operation;
  const sent = body
    ? [{ name: "body", in: "body", ...(body.required ? { required: true } : {}), schema: schemaOf(body.schema, "v2") }]
    : [];
  const all = [...sent, ...parameters.map(parameterV2)];
  const responses = Object.entries(answers).map(([code, name]): [string, Schema] => [
    code,
    { description: success[code], schema: schemaOf(name, "v2") },
  ]);
  return {
    ...(consumes.length > 0 ? { consumes: [...consumes] } : {}),
    produces: [...produces],
    schemes: ["https"],
    tags: [tag],
    description,
    operationId: id,
    ...(all.length > 0 ? { parameters: all } : {}),
    responses: { ...Object.fromEntries(responses), "401": unauthorized },
    ...kindOf(operation),
  };
}

const schemaOf = (name: string, edition: Edition): Schema =>
  name === "string"
    ? { type: "string" }
    : { $ref: `${edition === "v3" ? "#/components/schemas/" : "#/definitions/"}${name}` };
