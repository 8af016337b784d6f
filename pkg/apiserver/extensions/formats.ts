/** The formats that schemas of custom resources may name, as upstream takes them; any other says nothing. */
import { requestUriError } from "#pkg/apimachinery/cel/library/urls.ts";
import { parseDuration } from "#pkg/apimachinery/time/index.ts";
import { parseAddress, parseRange } from "#pkg/registry/shared/ip-forms.ts";
import { isCardNumber, isIsbn } from "./checksums.ts";

type Format = RegExp | ((text: string) => boolean);

function isDate(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  // A day that its month does not have would be one of the next.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

function isDateTime(text: string): boolean {
  const [date = "", time = "", ...more] = text.toLowerCase().split("t");
  return more.length === 0 && isDate(date) && dayTime.test(time);
}

const dayTime = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(.\d+)?(z|[+-]\d\d:\d\d)$/;

/** Go's durations, or anything with a count of a unit in it: `1 day`, `P2W`. */
function isDuration(text: string): boolean {
  if (countOfUnit.test(text)) return true;
  try {
    parseDuration(text);
    return true;
  } catch {
    return false;
  }
}

const countOfUnit = /\d+\s*((ns|us|µs|ms|s|m|h|hr|d|w|wk)(?![a-zµ])|nano|micro|milli|sec|min|hour|day|week)/i;

/** A label has its dashes only before a dot, but for one after its first character; what is last has letters only. */
const hostname = ((character: string) =>
  new RegExp(
    `^([${character}](-?[${character}]{0,62})?|([${character}]([-${character}]{0,61}[${character}])?\\.)+[a-zA-Z\\p{L}]{2,63})$`,
    "u",
  ))("a-zA-Z0-9\\p{S}\\p{L}");

const isHostname = (text: string): boolean =>
  Buffer.byteLength(text) <= 255 &&
  hostname.test(text) &&
  text.split(".").every((label) => Buffer.byteLength(label) <= 63);

/** A name before an address in angle brackets is fine. */
const email = ((address: string) => new RegExp(`^(${address}|[^<>@]*<${address}>)$`))(
  '([^<>@\\s"]+|"[^"]*")@[^<>@\\s]+',
);

const mac =
  /^([0-9a-f]{2}([:-])[0-9a-f]{2}(\2[0-9a-f]{2}){4}((\2[0-9a-f]{2}){2}|(\2[0-9a-f]{2}){14})?|[0-9a-f]{12}|[0-9a-f]{4}(\.[0-9a-f]{4}){2}(\.[0-9a-f]{4}|(\.[0-9a-f]{4}){7})?)$/i;

const uuid = (version: string, variant: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?${variant}[0-9a-f]{3}-?[0-9a-f]{12}$`, "i");

const colorPart = "\\s*(0|[1-9]\\d?|1\\d\\d|2[0-4]\\d|25[0-5])\\s*";
const label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";

/** By names without dashes. */
const formats: Readonly<Record<string, Format>> = {
  datetime: isDateTime,
  date: isDate,
  duration: isDuration,
  email,
  hostname: isHostname,
  ipv4: (text) => text.includes(".") && parseAddress(text) !== undefined,
  ipv6: (text) => text.includes(":") && parseAddress(text) !== undefined,
  cidr: (text) => parseRange(text) !== undefined,
  mac,
  uuid: uuid("[0-9a-f]", "[0-9a-f]"),
  uuid3: uuid("3", "[0-9a-f]"),
  uuid4: uuid("4", "[89ab]"),
  uuid5: uuid("5", "[89ab]"),
  uri: (text) => requestUriError(text) === undefined,
  byte: /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/,
  isbn: (text) => isIsbn(text, 10) || isIsbn(text, 13),
  isbn10: (text) => isIsbn(text, 10),
  isbn13: (text) => isIsbn(text, 13),
  creditcard: isCardNumber,
  ssn: /^\d{3}[- ]\d{2}[- ]\d{4}$/,
  hexcolor: /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i,
  rgbcolor: new RegExp(`^rgb\\(${colorPart},${colorPart},${colorPart}\\)$`),
  bsonobjectid: /^[0-9a-f]{24}$/i,
  k8sshortname: new RegExp(`^${label}$`),
  k8slongname: (text) => text.length <= 253 && longName.test(text),
  password: () => true,
};

const longName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Dashes in the name do not count. */
export function formatNamed(name: string): ((text: string) => boolean) | undefined {
  const plain = name.replaceAll("-", "");
  const format = Object.hasOwn(formats, plain) ? formats[plain] : undefined;
  return format instanceof RegExp ? (text) => format.test(text) : format;
}
