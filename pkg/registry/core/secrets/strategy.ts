import type { Secret } from "#api/types/core/v1";
import { fillBytes } from "../../shared/object-data.ts";
import type { Strategy } from "../../strategy.ts";
import { keyPairProblem } from "./key-pair.ts";
import { validateSecret, validateSecretUpdate } from "./validate.ts";

/** `stringData` is written as `data` and never stored. */
export const secrets: Strategy<Secret> = {
  applyDefaults(secret) {
    secret.type ||= "Opaque";
    fillBytes(secret.data);
    const plain = secret.stringData;
    if (plain === undefined) return;
    const data = new Map(Object.entries(secret.data ?? {}));
    for (const [key, value] of Object.entries(plain)) data.set(key, Buffer.from(value).toString("base64"));
    if (data.size > 0) secret.data = Object.fromEntries([...data].sort(([a], [b]) => (a < b ? -1 : 1)));
    delete secret.stringData;
  },
  validateCreate: validateSecret,
  validateUpdate: (next, old) => [...validateSecretUpdate(next, old), ...validateSecret(next)],
  warningsOnCreate: pairWarnings,
  warningsOnUpdate: pairWarnings,
  fields: { type: (secret) => secret.type ?? "" },
};

function pairWarnings({ type, data = {} }: Readonly<Secret>): string[] {
  if (type !== "kubernetes.io/tls") return [];
  const textOf = (key: string) => (Object.hasOwn(data, key) ? Buffer.from(data[key] ?? "", "base64").toString() : "");
  const problem = keyPairProblem(textOf("tls.crt"), textOf("tls.key"));
  return problem === undefined ? [] : [problem];
}
