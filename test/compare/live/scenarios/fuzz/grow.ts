/** Objects with members that they did not have before, anywhere within them, as their type allows. */
import { resolved, type Schema, typeOf } from "./schema.ts";
import { type Draw, draw, drawnValue } from "./values.ts";

type Json = Record<string, unknown>;

interface Place {
  readonly object: Json;
  readonly schema: Schema;
}

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** Every object within a value that has a type of its own; the server's own members of metadata aside. */
function* placesOf(value: unknown, given: Schema): Generator<Place> {
  const { name, schema } = resolved(given);
  if (Array.isArray(value)) for (const item of value) yield* placesOf(item, schema.items ?? {});
  if (!isJson(value) || name.endsWith(".ObjectMeta")) return;
  if (schema.properties) yield { object: value, schema };
  for (const [member, inner] of Object.entries(value)) {
    const type = schema.properties?.[member] ?? schema.additionalProperties;
    if (type) yield* placesOf(inner, type);
  }
}

const untouched = new Set(["apiVersion", "kind", "metadata"]);

/** A copy with one to three members more, or other values of those it has. `within`: only below this member. */
export function grown(object: Json, by: Draw, within?: string): Json {
  const copy = structuredClone(object);
  const type = typeOf(copy);
  if (within !== undefined) copy[within] ??= {};
  const places = () => [
    ...placesOf(
      within === undefined ? copy : copy[within],
      within === undefined ? type : (type.properties?.[within] ?? {}),
    ),
  ];
  for (let left = 1 + by(3); left > 0; left -= 1) {
    const { object: target, schema } = draw(places(), by);
    const members = Object.entries(schema.properties ?? {}).filter(([member]) => !untouched.has(member));
    if (members.length === 0) continue;
    const [member, memberType] = draw(members, by);
    target[member] = drawnValue(memberType, member, by);
  }
  return copy;
}
