/** The rules of LimitRanges: https://kubernetes.io/docs/concepts/policy/limit-range/ */
import type { LimitRange, LimitRangeItem } from "#api/types/core/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { parseQuantity, type Quantity } from "#pkg/apimachinery/quantity/index.ts";
import { duplicate, type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { entriesOf, type Findings, say } from "../../shared/findings.ts";
import { allowsOvercommit, containerResourceName, resourceName } from "../../shared/resource-names.ts";

const types = ["Container", "PersistentVolumeClaim", "Pod"];

export function validateLimitRange({ spec }: Readonly<LimitRange>): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [at, item] of (spec?.limits ?? []).entries()) {
    const path = `spec.limits[${at}]`;
    const { type = "" } = item as Partial<LimitRangeItem>;
    errors.push(...limitType(`${path}.type`, type));
    if (seen.has(type)) errors.push(duplicate(`${path}.type`, type));
    seen.add(type);
    errors.push(...limitNames(path, item, type), ...limitValues(path, item, type));
  }
  return errors;
}

function* limitType(path: string, type: string): Findings {
  const wrong = labelKeyErrors(type);
  yield* say(path, type, wrong);
  if (wrong.length > 0 || type.includes("/") || types.includes(type)) return;
  yield invalid(path, type, "must be a standard limit type or fully qualified");
}

type List = "max" | "min" | "default" | "defaultRequest" | "maxLimitRequestRatio";

function* limitNames(path: string, item: LimitRangeItem, type: string): Findings {
  yield* names(path, item, "max", type);
  yield* names(path, item, "min", type);
  for (const list of ["default", "defaultRequest"] as const) {
    if (type !== "Pod") yield* names(path, item, list, type);
    else if (Object.keys(item[list] ?? {}).length > 0) {
      yield forbidden(`${path}.${list}`, "may not be specified when `type` is 'Pod'");
    }
  }
  if (type === "PersistentVolumeClaim" && !has(item.min, "storage") && !has(item.max, "storage")) {
    const text = "either minimum or maximum storage value is required, but neither was provided";
    yield required(`${path}.limits`, text);
  }
  yield* names(path, item, "maxLimitRequestRatio", type);
}

type Amounts = Readonly<Record<string, string>> | undefined;

const has = (amounts: Amounts, name: string): boolean => amounts !== undefined && Object.hasOwn(amounts, name);

function* names(path: string, item: LimitRangeItem, list: List, type: string): Findings {
  const rule = type === "Pod" || type === "Container" ? containerResourceName : resourceName;
  for (const [name] of entriesOf(item[list])) yield* rule(`${path}.${list}[${name}]`, name);
}

interface Limits {
  readonly max: Quantity | undefined;
  readonly min: Quantity | undefined;
  readonly default: Quantity | undefined;
  readonly defaultRequest: Quantity | undefined;
  readonly maxLimitRequestRatio: Quantity | undefined;
}

/** Each resource for itself. What a Pod may not have was reported, and is not compared. */
function* limitValues(path: string, item: LimitRangeItem, type: string): Findings {
  const lists: LimitRangeItem = { ...item };
  if (type === "Pod") {
    delete lists.default;
    delete lists.defaultRequest;
  }
  const { max, min, default: limit, defaultRequest, maxLimitRequestRatio } = lists;
  const all = [max, min, limit, defaultRequest, maxLimitRequestRatio].flatMap((list) => Object.keys(list ?? {}));
  const amountOf = (list: List, name: string) =>
    has(lists[list], name) ? parseQuantity(lists[list]?.[name] ?? "0") : undefined;
  for (const name of [...new Set(all)].sort()) {
    const of: Limits = {
      max: amountOf("max", name),
      min: amountOf("min", name),
      default: amountOf("default", name),
      defaultRequest: amountOf("defaultRequest", name),
      maxLimitRequestRatio: amountOf("maxLimitRequestRatio", name),
    };
    yield* inOrder(path, name, of);
    yield* ratio(`${path}.maxLimitRequestRatio[${name}]`, of);
    yield* sameWithoutOvercommit(`${path}.defaultRequest[${name}]`, name, of);
  }
}

interface Order {
  readonly low: keyof Limits;
  readonly high: keyof Limits;
  /** Where a finding is reported, and the value that it shows: upstream chose for each pair. */
  readonly at: List;
  readonly shown: keyof Limits;
}

const orders: readonly Order[] = [
  { low: "min", high: "max", at: "min", shown: "min" },
  { low: "min", high: "defaultRequest", at: "defaultRequest", shown: "defaultRequest" },
  { low: "defaultRequest", high: "max", at: "defaultRequest", shown: "defaultRequest" },
  { low: "defaultRequest", high: "default", at: "defaultRequest", shown: "defaultRequest" },
  { low: "min", high: "default", at: "default", shown: "min" },
  { low: "default", high: "max", at: "default", shown: "max" },
];

function* inOrder(path: string, name: string, of: Limits): Findings {
  for (const { low, high, at, shown } of orders) {
    const [less, more, value] = [of[low], of[high], of[shown]];
    if (!less || !more || !value || less.compare(more) <= 0) continue;
    const text = `${wordOf(low, high)} value ${less} is greater than ${wordOf(high, low)} value ${more}`;
    yield invalid(`${path}.${at}[${name}]`, value.toString(), text);
  }
}

/** A default is called a limit only beside the default of requests. */
function wordOf(list: keyof Limits, other: keyof Limits): string {
  if (list === "defaultRequest") return "default request";
  if (list === "default") return other === "defaultRequest" ? "default limit" : "default";
  return list;
}

/** Beyond this, thousandths do not fit into 64 bits. */
const milliValueMax = 9_223_372_036_854_775n;

function* ratio(path: string, { maxLimitRequestRatio: most, min, max }: Limits): Findings {
  if (!most) return;
  if (most.compare(parseQuantity("1")) < 0) yield invalid(path, most.toString(), `ratio ${most} is less than 1`);
  if (!min || !max) return;
  const fine = [most, min, max].every((quantity) => quantity.value() < milliValueMax);
  const allowed = fine ? Number(most.milliValue()) / 1000 : Number(most.value());
  const possible = fine
    ? Number(max.milliValue()) / Number(min.milliValue())
    : Number(max.value()) / Number(min.value());
  if (allowed > possible) {
    yield invalid(path, most.toString(), `ratio ${most} is greater than max/min = ${possible.toFixed(6)}`);
  }
}

function* sameWithoutOvercommit(path: string, name: string, { default: limit, defaultRequest }: Limits): Findings {
  if (allowsOvercommit(name) || !limit || !defaultRequest || limit.compare(defaultRequest) === 0) return;
  const text = `default value ${limit} must equal to defaultRequest value ${defaultRequest} in ${name}`;
  yield invalid(path, defaultRequest.toString(), text);
}
