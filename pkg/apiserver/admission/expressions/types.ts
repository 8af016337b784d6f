/** What expressions of configurations must come to. */
import { celTypes } from "#pkg/apimachinery/cel/index.ts";

export type Type = celTypes.Type;

export const truth: readonly Type[] = [celTypes.bool];
export const text: readonly Type[] = [celTypes.string];
export const textOrNull: readonly Type[] = [celTypes.string, celTypes.scalar("null")];
export const anything: readonly Type[] = [];
export const unknownType: Type = celTypes.dyn;
