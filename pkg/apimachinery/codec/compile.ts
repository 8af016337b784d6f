/**
 * Decoders compiled from the tables, one a type, made when first needed. A decoded struct is a new object with its fields in
 * the order of the table, as Go would write it again.
 */
import { type Field, schema, type TypeDef, type TypeName, type TypeRef, typeNamed } from "#api/index.ts";
import { noteEmptied } from "../emptied.ts";
import { inKeyOrder, isSorted } from "../sorted-keys.ts";
import type { DecodeContext, FieldStep } from "./context.ts";
import { elementName, goNameOfField, isNullable, isObjectKind } from "./go-names.ts";
import { isJsonObject, type JsonObject, setKey } from "./raw-json.ts";
import { type Decoder, scalarDecoder } from "./scalars.ts";

interface FieldPlan extends FieldStep {
  readonly index: number;
  readonly decoder: Decoder;
  /** Written even when empty. */
  readonly emit: boolean;
  /** The zero value is not the absent value. */
  readonly pointer: boolean;
  readonly nullable: boolean;
  /** Sent empty it comes back as null: upstream stores the kind as protobuf, which has no empty lists. */
  readonly forgetsEmpty: boolean;
  readonly default: unknown;
}

/** `core/v1.PodSpec` → `v1.PodSpec`. */
const goNameOf = (type: TypeName): string => type.slice(type.indexOf("/") + 1);
const ownNameOf = (type: TypeName): string => type.slice(type.indexOf(".", type.indexOf("/")) + 1);

const cache = new Map<TypeName, Decoder>();
const resourceTypes = new Set(schema.resources.map((resource) => resource.type));

/** The decoder of a type. Throws where no table declares it. */
export function decoderOf(name: TypeName): Decoder {
  let decoder = cache.get(name);
  if (!decoder) {
    const type = typeNamed(name);
    decoder = type.choice ? choiceDecoder(type) : new StructDecoder(type);
    cache.set(name, decoder);
  }
  return decoder;
}

class StructDecoder implements Decoder {
  readonly goName: string;
  readonly #type: TypeDef;
  #plans: FieldPlan[] | undefined;
  readonly #byName = new Map<string, FieldPlan>();

  constructor(type: TypeDef) {
    this.#type = type;
    this.goName = goNameOf(type.name);
  }

  /** Late, because types contain themselves. */
  #compiled(): FieldPlan[] {
    if (!this.#plans) {
      this.#plans = planFields(this.#type);
      for (const plan of this.#plans) this.#byName.set(plan.name, plan);
    }
    return this.#plans;
  }

  decode(value: unknown, context: DecodeContext, kept?: ReadonlySet<string>): unknown {
    if (value === null) return undefined;
    if (!isJsonObject(value)) return context.wrongType(value, this.goName);
    const plans = this.#compiled();
    const slots = new Array<unknown>(plans.length);
    const keys = Object.keys(value);
    context.members += keys.length;
    for (const key of keys) {
      const plan = this.#byName.get(key);
      if (plan === undefined) {
        context.unknownField(key, value[key]);
        continue;
      }
      if (context.duplicates !== undefined) context.checkDuplicate(value, key);
      if (kept?.has(key)) {
        slots[plan.index] = value[key];
        continue;
      }
      context.enterField(plan);
      slots[plan.index] = plan.decoder.decode(value[key], context);
      context.leave();
    }
    return write(plans, slots);
  }

  zero(): unknown {
    const plans = this.#compiled();
    return write(plans, new Array<unknown>(plans.length));
  }

  isEmpty(): boolean {
    return false;
  }
}

/** The object that Go would write for these field values; undefined is a field that was not given. */
function write(plans: readonly FieldPlan[], slots: readonly unknown[]): JsonObject {
  const out: JsonObject = {};
  for (let i = 0; i < plans.length; i++) {
    let value = slots[i];
    const plan = plans[i] as FieldPlan;
    if (value === undefined) {
      if (plan.default !== undefined) value = cloneDefault(plan.default);
      else if (!plan.emit) continue;
      else value = plan.nullable ? null : plan.decoder.zero();
    } else if (!plan.pointer && plan.decoder.isEmpty(value)) {
      if (plan.default !== undefined) value = cloneDefault(plan.default);
      else if (!plan.emit || plan.forgetsEmpty) {
        if (typeof value === "object") noteEmptied(out, plan.name, value as [] | Record<string, never>);
        if (!plan.emit) continue;
        value = null;
      }
    }
    out[plan.name] = value;
  }
  return out;
}

/** A default may be an object, which nobody shares. */
const cloneDefault = (value: unknown): unknown => (typeof value === "object" ? structuredClone(value) : value);

const typeMetaFields = ["kind", "apiVersion"];

function planFields(type: TypeDef): FieldPlan[] {
  const plans: FieldPlan[] = [];
  const owner = ownNameOf(type.name);
  if (resourceTypes.has(type.name) || isObjectKind(type.name)) {
    for (const name of typeMetaFields) {
      plans.push({
        index: plans.length,
        name,
        owner,
        goPath: `TypeMeta.${name}`,
        decoder: scalarDecoder("string"),
        emit: false,
        pointer: false,
        nullable: false,
        forgetsEmpty: false,
        default: undefined,
      });
    }
  }
  addFields(plans, type, { owner, prefix: "" });
  return plans;
}

function addFields(plans: FieldPlan[], type: TypeDef, at: { owner: string; prefix: string }): void {
  for (const field of type.fields) {
    if (field.inline && field.type.kind === "message") {
      const prefix = `${at.prefix}${ownNameOf(field.type.name)}.`;
      addFields(plans, typeNamed(field.type.name), { owner: at.owner, prefix });
    } else plans.push(planField(field, type, { ...at, index: plans.length }));
  }
}

function planField(field: Field, type: TypeDef, at: { owner: string; prefix: string; index: number }): FieldPlan {
  return {
    index: at.index,
    name: field.name,
    owner: at.owner,
    goPath: at.prefix + field.name,
    decoder: decoderOfRef(field.type, goNameOfField(type.name, field.name)),
    emit: field.emit,
    pointer: field.pointer,
    nullable: field.pointer || isNullable(type.name, field.name),
    forgetsEmpty: field.emit && field.type.kind === "list" && !isStoredAsJson(type.name),
    default: field.default,
  };
}

/** Upstream stores CustomResourceDefinitions as JSON, unlike its other kinds. */
const isStoredAsJson = (type: TypeName): boolean => type.startsWith("apiextensions.k8s.io/");

function refName(ref: TypeRef): string {
  switch (ref.kind) {
    case "scalar":
      return scalarDecoder(ref.scalar).goName;
    case "message":
      return goNameOf(ref.name);
    case "list":
      return `[]${refName(ref.of)}`;
    case "map":
      return `map[string]${refName(ref.of)}`;
  }
}

/** The decoder of a reference; `named` is the name that errors print, where the tables do not tell it. */
export function decoderOfRef(ref: TypeRef, named?: string): Decoder {
  const goName = named ?? refName(ref);
  switch (ref.kind) {
    case "scalar":
      return scalarDecoder(ref.scalar, goName);
    case "message":
      return decoderOf(ref.name);
    case "list":
      return listDecoder(goName, decoderOfRef(ref.of, elementName(goName)));
    case "map":
      return mapDecoder(goName, decoderOfRef(ref.of, elementName(goName)));
  }
}

function listDecoder(goName: string, of: Decoder): Decoder {
  return {
    goName,
    decode(value, context) {
      if (value === null) return undefined;
      if (!Array.isArray(value)) return context.wrongType(value, goName);
      const out = new Array<unknown>(value.length);
      for (let i = 0; i < value.length; i++) {
        context.enterIndex(i);
        const item = of.decode(value[i], context);
        out[i] = item === undefined ? of.zero() : item;
        context.leave();
      }
      return out;
    },
    zero: () => null,
    isEmpty: (value) => (value as readonly unknown[]).length === 0,
  };
}

function mapDecoder(goName: string, of: Decoder): Decoder {
  return {
    goName,
    decode(value, context) {
      if (value === null) return undefined;
      if (!isJsonObject(value)) return context.wrongType(value, goName);
      const out: JsonObject = {};
      const keys = Object.keys(value);
      context.members += keys.length;
      for (const key of keys) {
        if (context.duplicates !== undefined) context.checkDuplicate(value, key);
        context.enterKey(key);
        const item = of.decode(value[key], context);
        setKey(out, key, item === undefined ? of.zero() : item);
        context.leave();
      }
      // Errors are found in the order of the body, so that it is sorted afterwards.
      return isSorted(keys) ? out : inKeyOrder(out);
    },
    zero: () => null,
    isEmpty: (value) => {
      for (const _ in value as object) return false;
      return true;
    },
  };
}

/** A value that decodes itself by its first character: `{…}`, `[…]`, `true`. What is inside is not strict. */
function choiceDecoder(type: TypeDef): Decoder {
  const decoders = new Map<string, Decoder>();
  for (const { type: ref } of type.fields) {
    const shape = ref.kind === "list" ? "array" : ref.kind === "scalar" ? "bool" : "object";
    decoders.set(shape, decoderOfRef(ref));
  }
  const goName = goNameOf(type.name);
  return {
    goName,
    decode(value, context) {
      if (value === null) return undefined;
      const shape = Array.isArray(value)
        ? "array"
        : typeof value === "boolean"
          ? "bool"
          : isJsonObject(value)
            ? "object"
            : "";
      const decoder = decoders.get(shape);
      if (!decoder) return decoders.has("bool") ? context.fail("boolean or JSON schema expected") : null;
      context.lenient++;
      const out = decoder.decode(value, context);
      context.lenient--;
      // A self-decoding value's error ends the whole decoding at once.
      if (context.typeError) throw context.typeError;
      return Array.isArray(out) && out.length === 0 ? null : out;
    },
    zero: () => (decoders.has("bool") ? false : null),
    isEmpty: () => false,
  };
}
