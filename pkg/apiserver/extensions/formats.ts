/** The formats that schemas of custom resources may name; any other says nothing. */
import { isIP, isIPv4, isIPv6 } from "node:net";

const isDate = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
const isDateTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d[tT]\d\d:\d\d:\d\d(\.\d+)?([zZ]|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text));
const isCidr = (text: string): boolean => {
  const [address = "", bits = "", more] = text.split("/");
  const family = isIP(address);
  return more === undefined && family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
};
const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const uuid = (version: string): RegExp =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, "i");

export const formats: Readonly<Record<string, RegExp | ((text: string) => boolean) | true>> = {
  "date-time": isDateTime,
  datetime: isDateTime,
  date: isDate,
  duration:
    /^[+-]?((\d+(\.\d*)?|\.\d+)\s*(ns|us|µs|μs|ms|s|m|h|d|w|nanos?|micros?|millis?|seconds?|sec|minutes?|min|hours?|hr|days?|weeks?)\s*)+$/,
  email: /^[^\s@]+@[^\s@]+$/,
  hostname: new RegExp(`^${label}(\\.${label})*$`, "i"),
  ipv4: (text) => isIPv4(text),
  ipv6: (text) => isIPv6(text),
  cidr: isCidr,
  mac: /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i,
  uuid: uuid("[0-9a-f]"),
  uuid3: uuid("3"),
  uuid4: uuid("4"),
  uuid5: uuid("5"),
  uri: (text) => URL.canParse(text) || text.startsWith("/"),
  byte: /^[A-Za-z0-9+/]*={0,2}$/,
  isbn: /^[\dX -]{10,17}$/i,
  isbn10: /^[\dX -]{10,13}$/i,
  isbn13: /^[\d -]{13,17}$/,
  creditcard: /^\d{12,19}$/,
  ssn: /^\d{3}[- ]?\d{2}[- ]?\d{4}$/,
  hexcolor: /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i,
  rgbcolor: /^rgb\(\s*\d{1,3}\s*,\s*\d{1,3}\s*,\s*\d{1,3}\s*\)$/i,
  bsonobjectid: /^[0-9a-f]{24}$/i,
  "k8s-short-name": new RegExp(`^${label}$`),
  "k8s-long-name": new RegExp(`^${label}(\\.${label})*$`),
  // Widths of numbers: JavaScript's are wide enough, and upstream does not check them here either.
  int32: true,
  int64: true,
  float: true,
  double: true,
  password: true,
};
