/** One condition on a set of labels. */
import { labelKeyErrors, labelValueErrors } from "./validate.ts";

export type LabelOperator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  /** Sorted, without duplicates. */
  readonly values: readonly string[];
  readonly matches: (labels: Labels) => boolean;
}

export type Labels = Readonly<Record<string, string>>;

/** Makes a requirement, or throws an Error with all that is wrong with it in upstream's words. */
export function requirement(key: string, operator: LabelOperator, given: readonly string[]): LabelRequirement {
  const values = [...new Set(given)].sort();
  const errors = [...keyErrors(key), ...countErrors(operator, values), ...valueErrors(key, values)];
  if (errors.length > 0) throw new Error(errors.length === 1 ? errors[0] : `[${errors.join(", ")}]`);
  return { key, operator, values, matches: matcherOf(key, operator, values) };
}

function keyErrors(key: string): string[] {
  const errors = labelKeyErrors(key);
  return errors.length === 0 ? [] : [`key: Invalid value: ${JSON.stringify(key)}: ${errors.join("; ")}`];
}

const printList = (values: readonly string[]): string => JSON.stringify(values);

function countErrors(operator: LabelOperator, values: readonly string[]): string[] {
  const wrong = (why: string) => [`values: Invalid value: ${printList(values)}: ${why}`];
  switch (operator) {
    case "in":
    case "notin":
      return values.length > 0 ? [] : wrong("for 'in', 'notin' operators, values set can't be empty");
    case "exists":
    case "!":
      return values.length === 0 ? [] : wrong("values set must be empty for exists and does not exist");
    case "gt":
    case "lt":
      return [
        ...(values.length === 1 ? [] : wrong("for 'Gt', 'Lt' operators, exactly one value is required")),
        ...values.flatMap((value, i) =>
          parseInteger(value) === undefined
            ? [
                `values[${i}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
              ]
            : [],
        ),
      ];
    default:
      return values.length === 1 ? [] : wrong("exact-match compatibility requires one single value");
  }
}

function valueErrors(key: string, values: readonly string[]): string[] {
  return values.flatMap((value, i) => {
    const errors = labelValueErrors(value);
    return errors.length === 0
      ? []
      : [`values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${errors.join("; ")}`];
  });
}

/** A decimal int64, as Go's ParseInt reads it. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,25}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function matcherOf(key: string, operator: LabelOperator, values: readonly string[]): (labels: Labels) => boolean {
  const has = (labels: Labels) => Object.hasOwn(labels, key);
  const [first = ""] = values;
  const only = values.length === 1;
  const set = new Set(values);
  switch (operator) {
    case "exists":
      return has;
    case "!":
      return (labels) => !has(labels);
    case "in":
    case "=":
    case "==":
      if (only) return (labels) => labels[key] === first && has(labels);
      return (labels) => has(labels) && set.has(labels[key] ?? "");
    case "notin":
    case "!=":
      if (only) return (labels) => !(labels[key] === first && has(labels));
      return (labels) => !has(labels) || !set.has(labels[key] ?? "");
    default: {
      const bound = parseInteger(first);
      return (labels) => {
        const value = has(labels) ? parseInteger(labels[key] ?? "") : undefined;
        if (value === undefined || bound === undefined) return false;
        return operator === "gt" ? value > bound : value < bound;
      };
    }
  }
}

/** The requirement as a selector writes it. */
export function printRequirement({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case "exists":
      return key;
    case "!":
      return `!${key}`;
    case "in":
    case "notin":
      return `${key} ${operator} (${values.join(",")})`;
    case "gt":
      return `${key}>${values[0]}`;
    case "lt":
      return `${key}<${values[0]}`;
    default:
      return `${key}${operator}${values[0]}`;
  }
}
