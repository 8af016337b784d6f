/** What functions are to the checker and to the evaluator. */
import { type Bindings, parseType, splitTypes, type Type } from "./types.ts";
import type { Value } from "./values.ts";

export interface Overload {
  /** Names what is called, for costs: `starts_with_string`. */
  readonly id: string;
  readonly function: string;
  /** Written `x.f(y)`; the receiver is the first argument. */
  readonly isMember: boolean;
  readonly args: readonly Type[];
  readonly result: Type;
  /** Arguments are of the declared types. Throws CelError. */
  call(args: readonly Value[]): Value;
}

export type Library = readonly Overload[];

/** `string->startsWith(string): bool` is a member, `size(list(A)): int` is not. */
export function overload(id: string, signature: string, call: (args: readonly never[]) => Value): Overload {
  const result = signature.lastIndexOf("): ");
  const [receiver, rest] = signature.includes("->") ? signature.split("->") : [undefined, signature];
  const name = (rest as string).slice(0, (rest as string).indexOf("("));
  const args = (rest as string).slice(name.length + 1, (rest as string).lastIndexOf("): "));
  const types = splitTypes(args).map(parseType);
  return {
    id,
    function: name,
    isMember: receiver !== undefined,
    args: receiver === undefined ? types : [parseType(receiver), ...types],
    result: parseType(signature.slice(result + 3)),
    call: call as (args: readonly Value[]) => Value,
  };
}

/** Fresh parameters for one use of an overload. */
export function instantiate({ args, result }: Overload, bindings: Bindings): { args: Type[]; result: Type } {
  const fresh = new Map<string, Type>();
  const replace = (type: Type): Type => {
    switch (type.kind) {
      case "param": {
        let made = fresh.get(type.name);
        if (!made) {
          made = bindings.freshParam();
          fresh.set(type.name, made);
        }
        return made;
      }
      case "list":
        return { ...type, of: replace(type.of) };
      case "map":
        return { ...type, key: replace(type.key), of: replace(type.of) };
      case "opaque":
        return type.of.length === 0 ? type : { ...type, of: type.of.map(replace) };
      case "type":
        return type.of ? { kind: "type", of: replace(type.of) } : type;
      default:
        return type;
    }
  };
  return { args: args.map(replace), result: replace(result) };
}
