/** Shuffle sharding: each flow is dealt a hand of queues, and two flows rarely the same one. */
import { createHash } from "node:crypto";
import type { QueueSettings } from "./level-settings.ts";

/** Flows whose hands are remembered; their names are the clients' choice. */
const rememberedMax = 4096;

export class Hands {
  readonly #settings: QueueSettings;
  /** By schema, then by flow. */
  readonly #known = new Map<string, Map<string, readonly number[]>>();
  #remembered = 0;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
  }

  /** Indices of queues, all different; the same for the same flow. */
  of(schema: string, flow: string): readonly number[] {
    return this.#known.get(schema)?.get(flow) ?? this.#deal(schema, flow);
  }

  #deal(schema: string, flow: string): readonly number[] {
    const hand = deal(hashOf(`${schema}\0${flow}`), this.#settings);
    if (this.#remembered++ >= rememberedMax) {
      this.#known.clear();
      this.#remembered = 1;
    }
    let ofSchema = this.#known.get(schema);
    if (!ofSchema) {
      ofSchema = new Map();
      this.#known.set(schema, ofSchema);
    }
    ofSchema.set(flow, hand);
    return hand;
  }
}

const hashOf = (key: string): bigint => createHash("sha256").update(key).digest().readBigUInt64LE();

/** Every card is drawn from those that are left, by the digits of a number. Validation sees to it that they suffice. */
export function deal(number: bigint, { count, handSize }: Omit<QueueSettings, "lengthMax">): readonly number[] {
  const hand: number[] = [];
  let digits = number;
  for (let left = count; left > count - handSize; left--) {
    let card = Number(digits % BigInt(left));
    digits /= BigInt(left);
    // The card's place among those left: every dealt one at or before it moves it up.
    for (const dealt of hand.toSorted((a, b) => a - b)) if (dealt <= card) card++;
    hand.push(card);
  }
  return hand;
}
