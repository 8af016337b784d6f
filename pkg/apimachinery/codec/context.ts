/** What a decoding run remembers: where it is, what was not strict, and the first value of a wrong type. */
import { countMembers } from "./generic.ts";
import { isRawNumber, jsonTypeOf } from "./raw-json.ts";

/** A decoding error in Go's words, without the prefix that names the kind. */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

/** A struct field on the way to where the decoder is. */
export interface FieldStep {
  /** The JSON name. */
  readonly name: string;
  /** The type that was looked into, `PodSpec`; for a field of an inlined type the outer one. */
  readonly owner: string;
  /** What errors print: the name, after the names of the inlined types that hold it. */
  readonly goPath: string;
}

/** A list index, a map key, or a field. */
type Step = FieldStep | { readonly key: string } | number;

/** Go stops collecting here. */
const strictErrorsMax = 100;

export class DecodeContext {
  /** Members of all objects seen, to compare with the text's. */
  members = 0;
  /** The first wrong type; decoding goes on, because a fatal error would be reported instead. */
  typeError: DecodeError | undefined;
  /** In values that decode themselves nothing is strict. */
  lenient = 0;
  readonly strictErrors = new Set<string>();
  readonly duplicates: ReadonlyMap<object, ReadonlySet<string>> | undefined;
  readonly #steps: Step[] = [];

  /** Whether there is a text whose members those seen here are compared with. */
  readonly counts: boolean;

  constructor(duplicates?: ReadonlyMap<object, ReadonlySet<string>>, counts = true) {
    this.counts = counts;
    this.duplicates = duplicates !== undefined && duplicates.size > 0 ? duplicates : undefined;
  }

  enterField(step: FieldStep): void {
    this.#steps.push(step);
  }

  enterIndex(index: number): void {
    this.#steps.push(index);
  }

  enterKey(key: string): void {
    this.#steps.push({ key });
  }

  leave(): void {
    this.#steps.pop();
  }

  /** Where the decoder is, `spec.containers[0].env`. */
  #path(): string {
    let path = "";
    for (const step of this.#steps) {
      if (typeof step === "number") path += `[${step}]`;
      else {
        const name = "key" in step ? step.key : step.name;
        path += path === "" ? name : `.${name}`;
      }
    }
    return path;
  }

  #saveStrict(what: string, name: string): void {
    if (this.lenient > 0 || this.strictErrors.size >= strictErrorsMax) return;
    const path = this.#path();
    this.strictErrors.add(`${what} ${JSON.stringify(path === "" ? name : `${path}.${name}`)}`);
  }

  unknownField(name: string, value: unknown): void {
    this.#saveStrict("unknown field", name);
    this.members += countMembers(value);
  }

  /** Reports a key of `object` that came twice. */
  checkDuplicate(object: object, key: string): void {
    if (this.duplicates?.get(object)?.has(key)) this.#saveStrict("duplicate field", key);
  }

  /** `into Go struct field PodSpec.spec.containers`, or `into Go value` outside of any field. */
  #place(): string {
    const fields = this.#steps.filter((step): step is FieldStep => typeof step === "object" && "goPath" in step);
    const last = fields.at(-1);
    return last ? `Go struct field ${last.owner}.${fields.map((f) => f.goPath).join(".")}` : "Go value";
  }

  typeErrorOf(value: unknown, goName: string): DecodeError {
    return new DecodeError(`json: cannot unmarshal ${jsonTypeOf(value)} into ${this.#place()} of type ${goName}`);
  }

  /** A value of the wrong type: remembered, if it is the first. */
  wrongType(value: unknown, goName: string): undefined {
    this.members += countMembers(value);
    this.typeError ??= this.typeErrorOf(value, goName);
    return undefined;
  }

  numberErrorOf(value: unknown, goName: string): DecodeError {
    const text = isRawNumber(value) ? value.rawJSON : String(value);
    return new DecodeError(`json: cannot unmarshal number ${text} into ${this.#place()} of type ${goName}`);
  }

  /** A number that its type cannot hold. */
  wrongNumber(value: unknown, goName: string): undefined {
    this.typeError ??= this.numberErrorOf(value, goName);
    return undefined;
  }

  /** An error that Go does not attribute to a field. */
  wrongValue(message: string): undefined {
    this.typeError ??= new DecodeError(message);
    return undefined;
  }

  fail(message: string): never {
    throw new DecodeError(message);
  }
}
