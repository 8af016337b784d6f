/** An address with the length of its network's prefix: `10.9.8.7/24`. */
import { canonicalAddress } from "#pkg/apimachinery/net/address.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { familyOfRange } from "../../shared/addresses.ts";
import type { Findings } from "../../shared/findings.ts";

export function* interfaceAddress(path: string, value: string): Findings {
  if (familyOfRange(value) === 0) {
    yield invalid(path, value, "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)");
    return;
  }
  const [address = "", bits = ""] = value.split("/");
  const canonical = `${canonicalAddress(address) ?? address}/${Number(bits)}`;
  if (value !== canonical) yield invalid(path, value, `must be in canonical form (${JSON.stringify(canonical)})`);
}
