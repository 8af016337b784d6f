/** `format.dns1123Label().validate("x")`. https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library */
import { type Library, overload } from "../functions.ts";
import { opaque } from "../types.ts";
import { ListValue, none, type OpaqueValue, Optional } from "../values.ts";
import { requestUriError } from "./urls.ts";

const type = opaque("kubernetes.NamedFormat");

class FormatValue implements OpaqueValue {
  readonly opaque = type;
  readonly name: string;
  readonly errors: (text: string) => string[];
  /** Characters of the pattern that the check is charged as. */
  readonly costSize: number;
  constructor(name: string, costSize: number, errors: (text: string) => string[]) {
    this.name = name;
    this.costSize = costSize;
    this.errors = errors;
  }
  equals(other: OpaqueValue): boolean {
    return (other as FormatValue).name === this.name;
  }
}

interface NameRule {
  readonly pattern: RegExp;
  readonly lengthMax: number;
  readonly text: string;
}

const label: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/,
  lengthMax: 63,
  text: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
};
const subdomain: NameRule = {
  pattern: /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  lengthMax: 253,
  text: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
};
const label1035: NameRule = {
  pattern: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
  lengthMax: 63,
  text: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
};
const labelValue: NameRule = {
  pattern: /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/,
  lengthMax: 63,
  text: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
};
const qualified: NameRule = {
  pattern: /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/,
  lengthMax: 63,
  text: "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
};

/** Longer texts break the rule on length; no pattern need look at them whole. */
const patternLengthMax = 1_024;

function nameErrors(text: string, { pattern, lengthMax, text: why }: NameRule): string[] {
  const errors = text.length > lengthMax ? [`must be no more than ${lengthMax} characters`] : [];
  if (text.length > patternLengthMax || !pattern.test(text)) errors.push(why);
  return errors;
}

/** Of a generateName: a hyphen at the end is followed by more. */
const prefixErrors = (rule: NameRule) => (text: string) =>
  nameErrors(text.endsWith("-") && text.length > 1 ? `${text.slice(0, -1)}a` : text, rule);

function qualifiedErrors(text: string): string[] {
  const [first = "", second, ...more] = text.split("/");
  if (more.length > 0) {
    const form = qualified.text.replace("name part must", "a qualified name must");
    return [`${form} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  if (second === undefined) return partErrors(first);
  const prefix =
    first === "" ? ["prefix part must be non-empty"] : nameErrors(first, subdomain).map((one) => `prefix part ${one}`);
  return [...prefix, ...partErrors(second)];
}

function partErrors(name: string): string[] {
  const empty = name === "" ? ["name part must be non-empty"] : [];
  const long = name.length > qualified.lengthMax ? ["name part must be no more than 63 characters"] : [];
  const shaped = name.length <= patternLengthMax && qualified.pattern.test(name);
  return [...empty, ...long, ...(shaped ? [] : [qualified.text])];
}

const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true;
const isDateTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/.test(text) &&
  isDate(text.slice(0, 10));
const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text !== "";
const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text);

const checked = (holds: (text: string) => boolean, why: string) => (text: string) => (holds(text) ? [] : [why]);
const uriErrors = (text: string): string[] => {
  const wrong = requestUriError(text);
  return wrong === undefined ? [] : [wrong];
};

const all: readonly (readonly [string, number, (text: string) => string[]])[] = [
  ["dns1123Label", 30, (text) => nameErrors(text, label)],
  ["dns1123Subdomain", 60, (text) => nameErrors(text, subdomain)],
  ["dns1035Label", 30, (text) => nameErrors(text, label1035)],
  ["qualifiedName", 60, qualifiedErrors],
  ["dns1123LabelPrefix", 30, prefixErrors(label)],
  ["dns1123SubdomainPrefix", 60, prefixErrors(subdomain)],
  ["dns1035LabelPrefix", 30, prefixErrors(label1035)],
  ["labelValue", 40, (text) => nameErrors(text, labelValue)],
  ["uri", 1_146, uriErrors],
  ["uuid", 85, checked(isUuid, "does not match the UUID format")],
  ["byte", 75, checked(isBase64, "invalid base64")],
  ["date", 102, checked(isDate, "invalid date")],
  ["datetime", 102, checked(isDateTime, "invalid datetime")],
];

const byName = new Map(all.map(([name, costSize, errors]) => [name, new FormatValue(name, costSize, errors)]));

export const formats: Library = [
  ...[...byName].map(([name, format]) =>
    overload(`format.${name}`, `format.${name}(): kubernetes.NamedFormat`, () => format),
  ),
  overload(
    "format-named",
    "format.named(string): optional_type(kubernetes.NamedFormat)",
    ([name]: readonly string[]) => {
      const format = byName.get(name as string);
      return format ? new Optional(format) : none;
    },
  ),
  overload(
    "format-validate",
    "kubernetes.NamedFormat->validate(string): optional_type(list(string))",
    ([format, text]: readonly (FormatValue | string)[]) => {
      const errors = (format as FormatValue).errors(text as string);
      return errors.length > 0 ? new Optional(new ListValue(errors)) : none;
    },
  ),
];
