/** Values of a type, drawn: most of them possible, some not. */
import { resolved, type Schema } from "./schema.ts";

export type Draw = (n: number) => number;

const texts = [
  "a",
  "a",
  "b-1",
  "example.com/a",
  "a.example.com",
  "10.0.0.1",
  "/a/b",
  "80",
  "",
  "Bad_Value!",
  "A",
  "x y",
];
const integers = [0, 1, 1, 2, 5, 30, 80, 1000, 65_536, -1, 2_147_483_647];
const quantities = ["1", "1Gi", "100m", "2", "0", "-1", "1e3", "0.5", "1.5Gi", "x"];
const times = ["2026-01-01T00:00:00Z", "2030-01-01T00:00:00Z", "yesterday"];
const depthMax = 5;

const byName: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ["Quantity", quantities],
  ["IntOrString", [80, 1, 0, -1, "http", "50%", "101%", "a%"]],
  ["Time", times],
  ["MicroTime", ["2026-01-01T00:00:00.000001Z", "yesterday"]],
  ["FieldsV1", [{ "f:metadata": {} }]],
  ["RawExtension", [{ a: 1 }, { apiVersion: "v1", kind: "A" }]],
  ["JSON", [{ a: [1, null] }, "x", 1, null]],
  ["JSONSchemaPropsOrArray", [{ type: "string" }]],
  ["JSONSchemaPropsOrBool", [true, false, { type: "integer" }]],
  ["JSONSchemaPropsOrStringArray", [["a"], { type: "string" }]],
]);

/** What texts of a member's name often are; the words of enumerations that the document does not call so. */
const byMember: ReadonlyMap<string, readonly string[]> = new Map([
  ["apiGroup", ["", "apps", "rbac.authorization.k8s.io", "example.com"]],
  ["apiVersion", ["v1", "apps/v1", "a/b/c", "v1"]],
  ["kind", ["Pod", "Secret", "User", "Group", "ServiceAccount", "PersistentVolumeClaim", "ClusterRole", "pod"]],
  ["operator", ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Equal", "Lt"]],
  ["topologyKey", ["kubernetes.io/hostname", "topology.kubernetes.io/zone", "", "a b"]],
  ["fieldPath", ["metadata.name", "metadata.labels['a']", "status.podIP", "spec.nodeName", "metadata.x", "a[0]"]],
  ["resource", ["limits.cpu", "requests.memory", "pods", "limits.hugepages-2Mi", "cpu"]],
  ["expression", ["true", "object.metadata.name == 'a'", "1", "self.x", "a +", "device.driver == 'd'"]],
  ["schedule", ["*/5 * * * *", "@hourly", "61 * * * *", "TZ=UTC 0 0 * * *"]],
  ["timeZone", ["Europe/Berlin", "Etc/UTC", "Local", "Nowhere/None"]],
  ["caBundle", ["YQ==", "!!", ""]],
  ["cidr", ["10.0.0.0/8", "10.0.0.1/8", "fd00::/64", "10.0.0.0"]],
  ["path", ["/a", "a", "../b", "a/../b", "/healthz", ""]],
  ["mountPath", ["/a", "a", "/a:b", ""]],
  ["name", ["a", "a", "b", "a.b", "A", "", "default"]],
  ["namespace", ["gold", "gold", "default", "Other"]],
  ["image", ["busybox", "registry.example.com/a:1", " a ", ""]],
]);

/** Of the members that nobody must give, so many out of ten are there. */
const optionalOfTen = 3;

export function draw<T>(from: readonly T[], by: Draw): T {
  return from[by(from.length)] as T;
}

/** A value for a member called `member`. */
export function drawnValue(given: Schema, member: string, by: Draw, depth = 0): unknown {
  const { name, schema } = resolved(given);
  const own = byName.get(name.split(".").at(-1) ?? "");
  if (own) return draw(own, by);
  if (schema.enum) return by(8) === 0 ? "Bad" : draw(schema.enum, by);
  if (schema.properties) return objectOf(schema, by, depth);
  if (schema.items) return listOf(schema.items, member, by, depth);
  if (schema.additionalProperties) return mapOf(schema.additionalProperties, by, depth);
  if (schema.type === "boolean") return by(2) === 0;
  if (schema.type === "integer") return draw(integers, by);
  if (schema.type === "number") return draw([0, 1.5, -1], by);
  if (schema.type === "object") return {};
  if (schema.format === "byte") return draw(["YQ==", "YWJj", "!!"], by);
  return draw(by(3) === 0 ? texts : (byMember.get(member) ?? texts), by);
}

function objectOf({ properties = {}, required = [] }: Schema, by: Draw, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [member, schema] of Object.entries(properties)) {
    const isThere = required.includes(member) ? by(12) > 0 : depth < depthMax && by(10) < optionalOfTen;
    if (isThere) out[member] = drawnValue(schema, member, by, depth + 1);
  }
  return out;
}

function listOf(items: Schema, member: string, by: Draw, depth: number): unknown[] {
  const length = depth >= depthMax ? by(2) : draw([0, 1, 1, 1, 2], by);
  return Array.from({ length }, () => drawnValue(items, member.replace(/s$/, ""), by, depth + 1));
}

function mapOf(values: Schema, by: Draw, depth: number): Record<string, unknown> {
  const keys = draw([[], ["a"], ["example.com/a", "cpu"], ["memory"], ["Bad Key"]], by);
  return Object.fromEntries(keys.map((key) => [key, drawnValue(values, "", by, depth + 1)]));
}
