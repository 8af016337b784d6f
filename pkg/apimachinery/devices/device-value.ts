/** A device as expressions see it: its driver, and attributes and capacity by domain and name. */
import type { Device, DeviceAttribute } from "#api/types/resource.k8s.io/v1";
import {
  CelError,
  fromJson,
  type MapValue,
  quantityValue,
  semverValue,
  type Value,
} from "#pkg/apimachinery/cel/index.ts";

const text = (key: Value): string | undefined => (typeof key === "string" ? key : undefined);

class Fields implements MapValue {
  readonly isMap = true;
  readonly #fields: ReadonlyMap<string, Value>;

  constructor(fields: ReadonlyMap<string, Value>) {
    this.#fields = fields;
  }

  get size(): number {
    return this.#fields.size;
  }

  get(key: Value): Value | undefined {
    return this.#fields.get(text(key) ?? "");
  }

  keys(): Iterable<Value> {
    return this.#fields.keys();
  }
}

const noFields = new Fields(new Map());

/** Names by domain: a domain that a device does not have reads as an empty one, though it is not in the map. */
class Domains extends Fields {
  override get(key: Value): Value | undefined {
    return super.get(key) ?? noFields;
  }

  has(key: Value): boolean {
    return super.get(key) !== undefined;
  }
}

function attributeValue(name: string, { int, bool, string, version }: DeviceAttribute): Value {
  if (int !== undefined) return fromJson(int);
  if (bool !== undefined) return bool;
  if (string !== undefined) return string;
  if (version === undefined) throw new CelError(`attribute ${name}: unsupported attribute value`);
  try {
    return semverValue(version);
  } catch (error) {
    throw new CelError(`attribute ${name}: parse semantic version: ${(error as Error).message}`);
  }
}

/** Names without a domain are in that of the driver. */
function byDomain<T>(entries: Readonly<Record<string, T>> | undefined, driver: string, read: Read<T>): Domains {
  const domains = new Map<string, Map<string, Value>>();
  for (const [name, entry] of Object.entries(entries ?? {})) {
    const slash = name.indexOf("/");
    const domain = slash < 0 ? driver : name.slice(0, slash);
    const fields = domains.get(domain) ?? new Map<string, Value>();
    domains.set(domain, fields.set(name.slice(slash + 1), read(name, entry)));
  }
  return new Domains(new Map([...domains].map(([domain, fields]) => [domain, new Fields(fields)])));
}

type Read<T> = (name: string, entry: T) => Value;

/** Throws CelError for a device whose attributes cannot be read. */
export function deviceValue({ attributes, capacity }: Readonly<Device>, driver: string): Value {
  return new Fields(
    new Map<string, Value>([
      ["driver", driver],
      ["attributes", byDomain(attributes, driver, attributeValue)],
      ["capacity", byDomain(capacity, driver, (_, { value }) => quantityValue(value))],
    ]),
  );
}
