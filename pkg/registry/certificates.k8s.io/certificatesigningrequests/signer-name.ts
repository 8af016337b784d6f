/** `example.com/signer-name`. */
import { invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { labelErrors, subdomainErrors } from "../../shared/names.ts";

const domainMax = 253;
const nameMax = domainMax + 1 + domainMax + 63 + 1;

export function* signerName(path: string, name: string | undefined): Findings {
  if (!name) {
    yield required(path);
    return;
  }
  const [domain = "", rest, ...more] = name.split("/");
  if (rest === undefined || more.length > 0) {
    yield invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
    return;
  }
  if (domain.length > domainMax) yield tooLong(path, domainMax);
  const labels = domain.split(".");
  yield* firstWrong(path, domain, labels, labelErrors);
  if (labels.length < 2) {
    yield invalid(path, domain, "should be a domain with at least two segments separated by dots");
  }
  yield* firstWrong(path, rest, rest.split("."), subdomainErrors);
  if (name.length > nameMax) yield tooLong(path, nameMax);
}

/** What is wrong with the first wrong one: more would only repeat it. */
function* firstWrong(
  path: string,
  shown: string,
  parts: readonly string[],
  errorsOf: (part: string) => string[],
): Findings {
  for (const part of parts) {
    const texts = errorsOf(part);
    for (const text of texts) yield invalid(path, shown, `validating label ${JSON.stringify(part)}: ${text}`);
    if (texts.length > 0) return;
  }
}
