/** What is said of each parameter, once, and of the same parameter of some operations only, where that differs. */
import { schema } from "#api/index.ts";
import type { Operation } from "#pkg/apiserver/openapi/operations.ts";
import { parameterKeys } from "#pkg/apiserver/openapi/texts.ts";
import { allOperations } from "#pkg/apiserver/openapi/v2.ts";
import { readParameters } from "./client-node.ts";

interface Said {
  readonly operation: Operation;
  readonly text: string;
}

const textsIn = (said: readonly Said[]): string[] => [...new Set(said.map(({ text }) => text))];

/** By the keys that `parameterKeys` lists. Throws when no key tells two texts apart. */
export function parameterTexts(): Record<string, string> {
  const known = readParameters();
  const said = new Map<string, Said[]>();
  for (const operation of allOperations(schema.resources)) {
    const found = known.get(`${operation.method.toUpperCase()} ${operation.path}`);
    for (const [name, text] of found ?? []) {
      // The name's text names the kind and is made where it is served.
      if (name === "path/name") continue;
      said.set(name, [...(said.get(name) ?? []), { operation, text }]);
    }
  }
  return Object.fromEntries([...said].flatMap(([name, all]) => keyed(name, all)));
}

function keyed(name: string, all: readonly Said[]): [key: string, text: string][] {
  const texts = textsIn(all);
  if (texts.length === 1) return [[name, texts[0]!]];
  const levels = parameterKeys(all[0]!.operation, name).length - 1;
  for (let level = 0; level < levels; level++) {
    const groups = Map.groupBy(all, ({ operation }) => parameterKeys(operation, name)[level]!);
    if ([...groups.values()].every((group) => textsIn(group).length === 1))
      return [...groups].map(([key, group]) => [key, group[0]!.text]);
  }
  throw new Error(`${name}: ${texts.length} texts, told apart neither by kind nor by method`);
}
