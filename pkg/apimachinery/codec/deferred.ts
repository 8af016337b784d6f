/** Objects that are not parsed until somebody looks into them. Who only passes them on never pays for it. */
import { parseJsonValue } from "./decode.ts";
import { type JsonObject, setKey } from "./raw-json.ts";

const unread: unique symbol = Symbol("the JSON of an object into which nobody has looked");

/** What each trap does first is to make the target what the JSON says. */
class Deferred implements ProxyHandler<JsonObject> {
  /** One string for all who ask: who looks it up somewhere does not hash it anew. */
  #text: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get(target: JsonObject, key: string | symbol): unknown {
    if (key === unread) return this.#text;
    // Nothing that JSON says has a symbol for a name.
    return typeof key === "symbol" ? Reflect.get(target, key) : Reflect.get(this.#read(target), key);
  }

  has(target: JsonObject, key: string | symbol): boolean {
    return Reflect.has(this.#read(target), key);
  }

  ownKeys(target: JsonObject): (string | symbol)[] {
    return Reflect.ownKeys(this.#read(target));
  }

  getOwnPropertyDescriptor(target: JsonObject, key: string | symbol): PropertyDescriptor | undefined {
    return Reflect.getOwnPropertyDescriptor(this.#read(target), key);
  }

  set(target: JsonObject, key: string | symbol, value: unknown): boolean {
    return Reflect.set(this.#read(target), key, value);
  }

  defineProperty(target: JsonObject, key: string | symbol, descriptor: PropertyDescriptor): boolean {
    return Reflect.defineProperty(this.#read(target), key, descriptor);
  }

  deleteProperty(target: JsonObject, key: string | symbol): boolean {
    return Reflect.deleteProperty(this.#read(target), key);
  }

  preventExtensions(target: JsonObject): boolean {
    return Reflect.preventExtensions(this.#read(target));
  }

  #read(target: JsonObject): JsonObject {
    const text = this.#text;
    if (text === undefined) return target;
    this.#text = undefined;
    for (const [key, value] of Object.entries(parseJsonValue(text) as JsonObject)) setKey(target, key, value);
    return target;
  }
}

/**
 * The object that the JSON says, for everybody who looks at it, as a promise does that it fulfils. `structuredClone` refuses it.
 * Looking at it throws JsonSyntaxError where the text is no JSON.
 */
export const deferredObject = (text: string): JsonObject => new Proxy<JsonObject>({}, new Deferred(text));

const unreadText = (value: object): string | undefined => (value as { [unread]?: string })[unread];

/** Whether it is a deferred object into which nobody has looked yet. */
export const isUnread = (value: object): boolean => unreadText(value) !== undefined;

/** An object's JSON. One that was read from JSON of ours and left as it was has the same, looked into or not. */
export const jsonTextOf = (value: object): string => unreadText(value) ?? JSON.stringify(value);
