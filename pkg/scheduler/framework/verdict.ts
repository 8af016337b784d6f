/** What a plugin says of a pod, or of a pod on a node. */
export type Verdict =
  | { readonly kind: "ok" }
  /** Not now; removing pods might help (preemption is tried). */
  | { readonly kind: "unschedulable"; readonly reasons: readonly string[] }
  /** Not now, and removing pods cannot help. */
  | { readonly kind: "unresolvable"; readonly reasons: readonly string[] }
  /** Something broke: the cycle ends and the pod is retried with back-off. */
  | { readonly kind: "error"; readonly error: Error };

export const ok: Verdict = { kind: "ok" };
export const unschedulable = (...reasons: string[]): Verdict => ({ kind: "unschedulable", reasons });
export const unresolvable = (...reasons: string[]): Verdict => ({ kind: "unresolvable", reasons });
export const failed = (error: unknown): Verdict => ({
  kind: "error",
  error: error instanceof Error ? error : new Error(String(error)),
});
