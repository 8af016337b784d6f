/** Lists put together of what stands around their objects and one object after the other: any view in JSON or YAML. */
import { stringify } from "yaml";
import { yamlStyle } from "./yaml-style.ts";

export interface ListParts {
  /** Everything but the objects: its last member is the list that they are in, empty. */
  readonly around: object;
  /** How many objects there are. */
  readonly count: number;
  /** JSON of one of them, in pieces: what the object has already is not copied. */
  item(at: number): readonly Buffer[];
}

const comma = Buffer.from(",");

export function* jsonListPieces({ around, count, item }: ListParts): Generator<Buffer, void, void> {
  const text = JSON.stringify(around);
  yield Buffer.from(text.slice(0, -"]}".length));
  for (let at = 0; at < count; at++) {
    if (at > 0) yield comma;
    yield* item(at);
  }
  yield Buffer.from("]}");
}

const yamlOf = (value: unknown): string => stringify(value, yamlStyle);
/** Stands where the objects come. No text of what is around them is that. */
const mark = "\u0001";
const markLine = yamlOf([mark]);

export function* yamlListPieces({ around, count, item }: ListParts): Generator<Buffer, void, void> {
  const member = Object.keys(around).at(-1) as string;
  const whole = yamlOf({ ...around, [member]: count === 0 ? [] : [mark] });
  const at = count === 0 ? whole.length : whole.indexOf(markLine);
  yield Buffer.from(whole.slice(0, at));
  for (let i = 0; i < count; i++) yield Buffer.from(yamlOf([JSON.parse(Buffer.concat(item(i)).toString())]));
  yield Buffer.from(whole.slice(at + markLine.length));
}
