/** Reads the tables of this folder: messages, enums and services of the runtimes that the kubelet speaks to. */

export type ScalarType = "string" | "bytes" | "bool" | "int32" | "uint32" | "int64" | "uint64" | "double";

export interface FieldTable {
  readonly number: number;
  /** The name in the .proto file, `container_id`. */
  readonly name: string;
  /** The name in TypeScript, `containerId`. */
  readonly key: string;
  /** A scalar, an enum or a message of the same table. */
  readonly type: string;
  readonly repeated: boolean;
  /** Value type of a `map<string, V>`. */
  readonly mapOf?: string;
}

export interface MessageTable {
  readonly name: string;
  readonly fields: readonly FieldTable[];
}

export interface MethodTable {
  readonly name: string;
  readonly request: string;
  readonly response: string;
  readonly serverStreaming: boolean;
}

export interface ServiceTable {
  /** `runtime.v1.RuntimeService`. */
  readonly name: string;
  readonly methods: readonly MethodTable[];
}

export interface RuntimeApi {
  readonly enums: ReadonlyMap<string, ReadonlyMap<number, string>>;
  readonly messages: ReadonlyMap<string, MessageTable>;
  readonly services: ReadonlyMap<string, ServiceTable>;
}

const camelCase = (name: string): string => name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function parseField(words: readonly string[]): FieldTable {
  const [number = "", name = "", type = ""] = words;
  const map = /^map\(string,(\w+)\)$/.exec(type);
  return {
    number: Number(number),
    name,
    key: camelCase(name),
    type: map ? "map" : type.replace("[]", ""),
    repeated: type.startsWith("[]"),
    ...(map?.[1] ? { mapOf: map[1] } : {}),
  };
}

function parseMethod(words: readonly string[]): MethodTable {
  const [, name = "", request = "", ...rest] = words;
  return { name, request, response: rest.at(-1) ?? "", serverStreaming: rest[0] === "stream" };
}

/** Throws on a line that belongs to no block: a table is part of the program. */
export function parseRuntimeApi(text: string): RuntimeApi {
  const enums = new Map<string, Map<number, string>>();
  const messages = new Map<string, { name: string; fields: FieldTable[] }>();
  const services = new Map<string, { name: string; methods: MethodTable[] }>();
  let packageName = "";
  let add: (words: string[]) => void = () => {
    throw new Error("a line stands before the first block");
  };
  for (const line of text.split("\n")) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const words = line.trim().split(/\s+/);
    const name = words[1] ?? "";
    if (line.startsWith(" ")) add(words);
    else if (words[0] === "package") packageName = name;
    else if (words[0] === "enum") {
      const values = new Map<number, string>();
      enums.set(name, values);
      add = ([value = "", label = ""]) => values.set(Number(value), label);
    } else if (words[0] === "message") {
      const message = { name, fields: [] as FieldTable[] };
      messages.set(name, message);
      add = (field) => message.fields.push(parseField(field));
    } else if (words[0] === "service") {
      const service = { name: `${packageName}.${name}`, methods: [] as MethodTable[] };
      services.set(name, service);
      add = (method) => service.methods.push(parseMethod(method));
    } else throw new Error(`not a table line: ${line}`);
  }
  return { enums, messages, services };
}
