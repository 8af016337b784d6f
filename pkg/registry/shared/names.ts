/** The forms that names take. Each function returns what is wrong, in upstream's words; an empty list is a good name. */

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const patterns = {
  subdomain: new RegExp(`^${label}(\\.${label})*$`),
  label: new RegExp(`^${label}$`),
  label1035: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
};

/** `prefix` is a generateName: a trailing dash is fine, because something follows it. */
const maskTrailingDash = (name: string, prefix: boolean): string =>
  prefix && name.length > 1 && name.endsWith("-") ? `${name.slice(0, -2)}a` : name;

const tooLong = (max: number) => `must be no more than ${max} characters`;

export function subdomainErrors(name: string, prefix = false): string[] {
  const text = maskTrailingDash(name, prefix);
  const errors: string[] = [];
  if (Buffer.byteLength(text) > 253) errors.push(tooLong(253));
  if (!patterns.subdomain.test(text)) {
    errors.push(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    );
  }
  return errors;
}

/** The rules of a subdomain in the words of the kinds whose rules upstream keeps with their types. */
export const longNameErrors = (name: string, prefix = false): string[] =>
  subdomainErrors(name, prefix).map((text) => (text === tooLong(253) ? "must be no more than 253 bytes" : text));

export function labelErrors(name: string, prefix = false): string[] {
  const text = maskTrailingDash(name, prefix);
  const errors: string[] = [];
  if (Buffer.byteLength(text) > 63) errors.push(tooLong(63));
  if (!patterns.label.test(text)) {
    // Upstream says less where the name would be right as a subdomain, but for its dots.
    errors.push(
      patterns.subdomain.test(text)
        ? "must not contain dots"
        : "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    );
  }
  return errors;
}

export function label1035Errors(name: string, prefix = false): string[] {
  const text = maskTrailingDash(name, prefix);
  const errors: string[] = [];
  if (Buffer.byteLength(text) > 63) errors.push(tooLong(63));
  if (!patterns.label1035.test(text)) {
    errors.push(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    );
  }
  return errors;
}

/** Names that only have to be usable in a URL (RBAC, API services). */
export function pathSegmentErrors(name: string, prefix = false): string[] {
  if (!prefix && (name === "." || name === "..")) return [`may not be '${name}'`];
  return ["/", "%"]
    .filter((character) => name.includes(character))
    .map((character) => `may not contain '${character}'`);
}
