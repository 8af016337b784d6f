/** The keys of service-account tokens, as this server reads and publishes them. */
import { exportJWK, type JWK } from "jose";
import type { VerifyingKey } from "#pkg/pki/token-keys.ts";

export { parseSigningKey, parseVerifyingKeys, type SigningKey, type VerifyingKey } from "#pkg/pki/token-keys.ts";

/** The keys as a JSON Web Key Set, for relying parties. */
export async function keySetOf(keys: readonly VerifyingKey[]): Promise<{ keys: JWK[] }> {
  const entries = await Promise.all(
    keys.map(async ({ id, algorithm, key }) => {
      const { kty, ...rest } = await exportJWK(key);
      return { use: "sig", ...(kty ? { kty } : {}), kid: id, alg: algorithm, ...rest } as JWK;
    }),
  );
  return { keys: entries };
}
