/** What a label key and a label value may be, in upstream's words. */

const namePattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const valuePattern = `(${namePattern})?`;
const subdomainPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

const nameRegex = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomainRegex = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

const nameText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const nameExample = `(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${namePattern}')`;

const nameLengthMax = 63;
const prefixLengthMax = 253;

const tooLong = (max: number) => `must be no more than ${max} bytes`;

/** Few keys are on all objects: those that are right are looked at once. */
const goodKeys = new Set<string>();
const goodKeysMax = 1_000;

/** What is wrong with a label key (a qualified name); empty when nothing is. */
export function labelKeyErrors(key: string): string[] {
  if (goodKeys.has(key)) return [];
  const errors = keyErrors(key);
  if (errors.length === 0) {
    if (goodKeys.size >= goodKeysMax) goodKeys.clear();
    goodKeys.add(key);
  }
  return errors;
}

function keyErrors(key: string): string[] {
  const parts = key.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${nameText} ${nameExample} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const errors: string[] = [];
  const name = parts[parts.length - 1] ?? "";
  if (parts.length === 2) errors.push(...prefixErrors(parts[0] ?? ""));
  if (name === "") errors.push("name part must be non-empty");
  else if (name.length > nameLengthMax) errors.push(`name part ${tooLong(nameLengthMax)}`);
  if (!nameRegex.test(name)) errors.push(`name part ${nameText} ${nameExample}`);
  return errors;
}

function prefixErrors(prefix: string): string[] {
  if (prefix === "") return ["prefix part must be non-empty"];
  const errors: string[] = [];
  if (prefix.length > prefixLengthMax) errors.push(`prefix part ${tooLong(prefixLengthMax)}`);
  if (!subdomainRegex.test(prefix)) {
    errors.push(
      `prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomainPattern}')`,
    );
  }
  return errors;
}

/** What is wrong with a label value; empty when nothing is. */
export function labelValueErrors(value: string): string[] {
  const errors: string[] = [];
  if (value.length > nameLengthMax) errors.push(tooLong(nameLengthMax));
  if (value !== "" && !nameRegex.test(value)) {
    errors.push(
      `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${valuePattern}')`,
    );
  }
  return errors;
}
