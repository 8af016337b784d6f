/**
 * Thresholds: how little of something there may be before the kubelet acts. Their texts and what is wrong with them are those
 * of upstream's KubeletConfiguration (evictionHard, evictionSoft, evictionSoftGracePeriod, evictionMinimumReclaim). Pure.
 */
import { parseQuantity, Quantity } from "#pkg/apimachinery/quantity/index.ts";
import { parseDuration } from "#pkg/apimachinery/time/index.ts";
import { isSignal, type Signal } from "./signals.ts";

/** An amount, or a share of the capacity from 0 to 1. */
export type ThresholdValue = { readonly quantity: Quantity } | { readonly share: number };

export interface Threshold {
  readonly signal: Signal;
  readonly value: ThresholdValue;
  /** How long it must be met before pods go; 0: a hard threshold. */
  readonly graceMs: number;
  /** Once met, it stays met until there is this much more. */
  readonly minimumReclaim?: ThresholdValue;
}

export const isHard = ({ graceMs }: Threshold): boolean => graceMs === 0;

/** By signal, as they stand in the configuration. */
export type Statements = Readonly<Record<string, string>>;

export interface ThresholdConfig {
  readonly hard: Statements;
  readonly soft?: Statements;
  readonly softGracePeriods?: Statements;
  readonly minimumReclaim?: Statements;
  /** What all pods together may have is watched by the hard memory threshold too. */
  readonly enforceAllocatable?: boolean;
}

/** Upstream's for Linux. */
export const defaultHardThresholds: Statements = {
  "memory.available": "100Mi",
  "nodefs.available": "10%",
  "nodefs.inodesFree": "5%",
  "imagefs.available": "15%",
  "imagefs.inodesFree": "5%",
};

/** Throws an Error in upstream's words for the first statement that is wrong. */
export function parseThresholds(config: ThresholdConfig): Threshold[] {
  const hard = parseStatements(config.hard);
  const soft = parseStatements(config.soft ?? {});
  const gracePeriods = parseGracePeriods(config.softGracePeriods ?? {});
  const reclaims = parseMinimumReclaims(config.minimumReclaim ?? {});
  const withReclaim = (threshold: Threshold): Threshold => {
    const minimumReclaim = reclaims.get(threshold.signal);
    return minimumReclaim ? { ...threshold, minimumReclaim } : threshold;
  };
  const all = [
    ...hard.map(([signal, value]) => withReclaim({ signal, value, graceMs: 0 })),
    ...soft.map(([signal, value]) => {
      const graceMs = gracePeriods.get(signal);
      if (graceMs === undefined)
        throw new Error(`grace period must be specified for the soft eviction threshold ${signal}`);
      return withReclaim({ signal, value, graceMs });
    }),
  ];
  return config.enforceAllocatable ? [...all, ...allocatableThresholds(all)] : all;
}

const allocatableThresholds = (thresholds: readonly Threshold[]): Threshold[] =>
  thresholds
    .filter((threshold) => threshold.signal === "memory.available" && isHard(threshold))
    .map((threshold) => ({ ...threshold, signal: "allocatableMemory.available" }));

function ensureSignal(name: string): Signal {
  if (!isSignal(name)) throw new Error(`unsupported eviction signal ${name}`);
  return name;
}

function parseStatements(statements: Statements): [Signal, ThresholdValue][] {
  return Object.entries(statements).flatMap(([name, text]): [Signal, ThresholdValue][] => {
    const signal = ensureSignal(name);
    // Nobody means these: upstream takes them for switched off.
    if (text === "0%" || text === "100%") return [];
    if (!text.endsWith("%")) return [[signal, { quantity: positiveQuantity(signal, text) }]];
    const share = parseShare(text);
    if (share < 0) throw new Error(`eviction percentage threshold ${signal} must be >= 0%: ${text}`);
    if (share > 1) throw new Error(`eviction percentage threshold ${signal} must be <= 100%: ${text}`);
    return [[signal, { share }]];
  });
}

function positiveQuantity(signal: Signal, text: string): Quantity {
  const quantity = parseQuantity(text);
  if (quantity.sign <= 0) throw new Error(`eviction threshold ${signal} must be positive: ${quantity}`);
  return quantity;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** In single precision, as upstream keeps shares: it shows in the last digits of what is allocatable. */
function parseShare(text: string): number {
  const number = text.replace(/%+$/, "");
  if (!decimal.test(number)) throw new Error(`strconv.ParseFloat: parsing ${JSON.stringify(number)}: invalid syntax`);
  return Math.fround(Math.fround(Number(number)) / 100);
}

function parseGracePeriods(statements: Statements): Map<Signal, number> {
  const periods = new Map<Signal, number>();
  for (const [name, text] of Object.entries(statements)) {
    const signal = ensureSignal(name);
    const ms = parseDuration(text);
    if (ms < 0) throw new Error(`invalid eviction grace period specified: ${text}, must be a positive value`);
    periods.set(signal, ms);
  }
  return periods;
}

function parseMinimumReclaims(statements: Statements): Map<Signal, ThresholdValue> {
  const reclaims = new Map<Signal, ThresholdValue>();
  for (const [name, text] of Object.entries(statements)) {
    const signal = ensureSignal(name);
    if (text.endsWith("%")) {
      const share = parseShare(text);
      if (share <= 0) throw new Error(`eviction percentage minimum reclaim ${signal} must be positive: ${text}`);
      reclaims.set(signal, { share });
      continue;
    }
    const quantity = parseQuantity(text);
    if (quantity.sign < 0) throw new Error(`negative eviction minimum reclaim specified for ${signal}`);
    reclaims.set(signal, { quantity });
  }
  return reclaims;
}

export const wholeQuantity = (amount: number, format: "BinarySI" | "DecimalSI" = "BinarySI"): Quantity =>
  Quantity.fromDecimal({ unscaled: BigInt(amount), exponent: 0 }, format);

/** What a value amounts to of a capacity. */
export const amountOf = (value: ThresholdValue, capacity: number): Quantity =>
  "quantity" in value ? value.quantity : wholeQuantity(Math.trunc(capacity * value.share));
