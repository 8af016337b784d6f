/** Rules that StorageClasses and VolumeAttributesClasses share: who makes the volumes, and with what parameters. */
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { entriesOf, type Findings, say } from "../../shared/findings.ts";

const parametersMax = 512;
const parameterBytesMax = 256 * 1024;

export function* provisioner(path: string, name: string | undefined): Findings {
  if (!name) {
    yield required(path);
    return;
  }
  const lower = name.toLowerCase();
  yield* say(path, lower, labelKeyErrors(lower));
}

export function* parameters(path: string, map: Readonly<Record<string, string>> | undefined): Findings {
  const entries = entriesOf(map);
  if (entries.length > parametersMax) {
    yield tooLong(path, parametersMax);
    return;
  }
  if (entries.some(([key]) => key === "")) yield invalid(path, "", "field can not be empty.");
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (bytes > parameterBytesMax) yield tooLong(path, parameterBytesMax);
}
