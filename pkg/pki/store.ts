/** The PKI directory: reads what is there, issues what is missing or near its end, writes with mode 0600. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reasonToRenew } from "./inspect.ts";
import type { AuthoritySpec, KeyPair, LeafSpec } from "./model.ts";
import { type PkiPlan, paths } from "./plan.ts";

export interface PkiResult {
  /** Every authority and leaf by its path. */
  readonly pairs: ReadonlyMap<string, KeyPair>;
  /** Paths issued in this run. */
  readonly issued: readonly string[];
}

/** Writes a secret file whole or not at all: a reader never sees half a key. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function readPair(base: string): Promise<KeyPair | undefined> {
  const [certificate, key] = await Promise.all([readOptional(`${base}.crt`), readOptional(`${base}.key`)]);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

async function writePair(base: string, pair: KeyPair): Promise<void> {
  // The key first: a certificate without its key would look complete to nobody.
  await writeSecret(`${base}.key`, pair.key);
  await writeSecret(`${base}.crt`, pair.certificate);
}

interface Entry {
  readonly path: string;
  readonly pair: KeyPair;
  readonly fresh: boolean;
}

async function ensureAuthority(directory: string, spec: AuthoritySpec, now: Date): Promise<Entry> {
  const base = join(directory, spec.path);
  const existing = await readPair(base);
  if (existing) return { path: spec.path, pair: existing, fresh: false };
  const pair = await (await import("./issue.ts")).issueAuthority(spec, now);
  await writePair(base, pair);
  return { path: spec.path, pair, fresh: true };
}

async function ensureLeaf(directory: string, spec: LeafSpec, authority: KeyPair, now: Date): Promise<Entry> {
  const base = join(directory, spec.path);
  const existing = await readPair(base);
  if (existing && reasonToRenew(existing, spec, authority, now) === undefined) {
    return { path: spec.path, pair: existing, fresh: false };
  }
  const pair = await (await import("./issue.ts")).issueLeaf(spec, authority, now);
  await writePair(base, pair);
  return { path: spec.path, pair, fresh: true };
}

/** Returns true when it made a new key. A lost key would invalidate every token, so an existing one is never replaced. */
async function ensureServiceAccountKey(directory: string): Promise<boolean> {
  const base = join(directory, paths.serviceAccount);
  if ((await readOptional(`${base}.key`)) !== undefined && (await readOptional(`${base}.pub`)) !== undefined)
    return false;
  const made = await (await import("./issue.ts")).issueServiceAccountKey();
  await writeSecret(`${base}.key`, made.key);
  await writeSecret(`${base}.pub`, made.publicKey);
  return true;
}

/** Idempotent: makes the directory match the plan. */
export async function ensurePki(directory: string, plan: PkiPlan, now: Date = new Date()): Promise<PkiResult> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const serviceAccount = ensureServiceAccountKey(directory);
  const authorities = await Promise.all(plan.authorities.map((spec) => ensureAuthority(directory, spec, now)));
  const pairs = new Map(authorities.map((entry) => [entry.path, entry.pair]));
  const leaves = await Promise.all(
    plan.leaves.map((spec) => {
      const authority = pairs.get(spec.authority);
      if (!authority) throw new Error(`the plan has no authority ${spec.authority} for ${spec.path}`);
      return ensureLeaf(directory, spec, authority, now);
    }),
  );
  for (const leaf of leaves) pairs.set(leaf.path, leaf.pair);
  const issued = [...authorities, ...leaves].filter((entry) => entry.fresh).map((entry) => entry.path);
  if (await serviceAccount) issued.push(paths.serviceAccount);
  return { pairs, issued };
}
