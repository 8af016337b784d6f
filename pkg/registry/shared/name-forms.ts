/** Forms of names inside objects that are not names of objects: ports, variables, keys, headers, host names, addresses. */
import { isIP } from "node:net";
import { invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "./findings.ts";
import { labelErrors, subdomainErrors } from "./names.ts";

const tooLong = (max: number) => `must be no more than ${max} characters`;

export const dnsLabel = (path: string, value: string): Findings => say(path, value, labelErrors(value));
export const dnsSubdomain = (path: string, value: string): Findings => say(path, value, subdomainErrors(value));

export const portNumberErrors = (port: number): string[] =>
  port < 1 || port > 65535 ? ["must be between 1 and 65535, inclusive"] : [];

/** IANA_SVC_NAME. */
export function portNameErrors(name: string): string[] {
  const errors: string[] = [];
  if (name.length > 15) errors.push(tooLong(15));
  if (!/^[-a-z0-9]+$/.test(name)) {
    errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (!/[a-z]/.test(name)) errors.push("must contain at least one letter (a-z)");
  if (name.includes("--")) errors.push("must not contain consecutive hyphens");
  if (name.startsWith("-") || name.endsWith("-")) errors.push("must not begin or end with a hyphen");
  return errors;
}

/** A port by number or by name; absent counts as 0. */
export function* portNumberOrName(path: string, port: number | string | undefined): Findings {
  const value = port ?? 0;
  yield* say(path, value, typeof value === "number" ? portNumberErrors(value) : portNameErrors(value));
}

export function envNameErrors(name: string): string[] {
  if (name === "") return ["environment variable name must be non-empty"];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(name)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** Keys of config maps and secrets: they become file names. */
export function configKeyErrors(key: string): string[] {
  const errors: string[] = [];
  if (key.length > 253) errors.push(tooLong(253));
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    errors.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
  }
  if (key === ".") errors.push("must not be '.'");
  else if (key === "..") errors.push("must not be '..'");
  else if (key.startsWith("..")) errors.push("must not start with '..'");
  return errors;
}

export const httpHeaderErrors = (name: string): string[] =>
  /^[-A-Za-z0-9]+$/.test(name)
    ? []
    : [
        "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
      ];

const underscored = "_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?";
const underscoredSubdomain = new RegExp(`^${underscored}(\\.${underscored})*$`);

/** A domain name of at least two labels, with or without its last dot. */
export function* fullDomainName(path: string, value: string): Findings {
  if (value === "") {
    yield required(path);
    return;
  }
  const name = value.replace(/\.$/, "");
  const errors = subdomainErrors(name);
  const labels = name.split(".");
  if (errors.length > 0) yield invalid(path, name, errors.join(","));
  else if (labels.length < 2) {
    yield invalid(path, name, "should be a domain with at least two segments separated by dots");
  } else {
    const wrong = labels.find((label) => labelErrors(label).length > 0);
    if (wrong !== undefined) yield invalid(path, wrong, labelErrors(wrong).join(","));
  }
}

/** Search domains: subdomains whose labels may begin with an underscore. */
export function searchDomainErrors(domain: string): string[] {
  const errors: string[] = [];
  if (domain.length > 253) errors.push(tooLong(253));
  if (!underscoredSubdomain.test(domain)) {
    errors.push(
      `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${underscored}(\\.${underscored})*')`,
    );
  }
  return errors;
}

/** Old fields take addresses with leading zeros too. */
export function addressErrors(text: string): string[] {
  const plain = text.includes(":") ? text : text.replace(/(^|\.)0+(?=\d)/g, "$1");
  return isIP(plain) && !text.includes("%") ? [] : ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
}
