/**
 * Asks our write path what was recorded from upstream, and counts the same answers (random names, uids and times aside).
 *
 *     node test/compare/validation.ts [--kind Pod] [--base Pod/v1/rich] [--update] [--show 20] [--full]
 */
import { parseArgs } from "node:util";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type MemoryServer, memoryServer } from "./memory-server.ts";
import {
  type Answer,
  type Cause,
  createBases,
  heldNodePorts,
  mutate,
  type RecordedBase,
  type RecordedCase,
  recordedCases,
  updateBases,
} from "./recorded.ts";

export interface Outcome {
  readonly one: RecordedCase;
  readonly answer: Answer;
  /** Same code, reason, message and causes. */
  readonly same: boolean;
  readonly sameCode: boolean;
  /** Same code and the same fields with the same reasons, whatever the words. */
  readonly sameFields: boolean;
}

export interface Filter {
  readonly update: boolean;
  readonly kind?: string;
  readonly base?: string;
}

/** Replays recorded requests, in their order. */
export async function replay({ update, kind, base }: Filter): Promise<Outcome[]> {
  const bases = update ? updateBases() : createBases();
  const outcomes: Outcome[] = [];
  const server = memoryServer(update ? { heldPorts: heldNodePorts() } : {});
  for (const one of recordedCases(update ? "update-cases.jsonl" : "cases.jsonl")) {
    if (kind !== undefined && !one.base.startsWith(`${kind}/`)) continue;
    if (base !== undefined && one.base !== base) continue;
    const of = bases.get(one.base);
    if (!of) continue;
    const answer = await ask(server, of, one, update);
    outcomes.push({
      one,
      answer,
      same: sameAnswer(one.want, answer),
      sameCode: sameCode(one.want, answer),
      sameFields: sameCode(one.want, answer) && (panicked(one.want) || causeFields(one.want) === causeFields(answer)),
    });
  }
  return outcomes;
}

async function ask(server: MemoryServer, base: RecordedBase, one: RecordedCase, update: boolean): Promise<Answer> {
  const body = mutate(base.object, one);
  try {
    const target = server.targetOf(base.url);
    if (!update) {
      await server.create(target, body);
      return { code: 201 };
    }
    server.forget();
    server.put(target, base.stored as unknown as KubeObject);
    await server.update(target, body);
    return { code: 200 };
  } catch (error) {
    if (!(error instanceof StatusError)) return { code: 0, message: error instanceof Error ? (error.stack ?? "") : "" };
    const { code, reason, message, details } = error.toStatus();
    return {
      code: code ?? 0,
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
      ...(details ? { details: details as NonNullable<Answer["details"]> } : {}),
    };
  }
}

const causesOf = ({ details }: Answer): readonly Cause[] => details?.causes ?? [];
const causeFields = (answer: Answer): string =>
  causesOf(answer)
    .map((c) => `${c.field} ${c.reason}`)
    .sort()
    .join("\n");
const causeTexts = (answer: Answer): string =>
  JSON.stringify(causesOf(answer).map(({ field, reason, message }) => [field, reason, message]));

/** Recorded where upstream dropped the connection instead of answering: a refusal is right there. */
const panicked = ({ code }: Answer): boolean => code === 599;

const sameCode = (want: Answer, got: Answer): boolean =>
  panicked(want) ? got.code === 400 || got.code === 422 : want.code === got.code;

function sameAnswer(want: Answer, got: Answer): boolean {
  if (!sameCode(want, got)) return false;
  if (want.code < 300 || panicked(want)) return true;
  const sameText = steady(want.message ?? "") === steady(got.message ?? "");
  return want.reason === got.reason && sameText && steady(causeTexts(want)) === steady(causeTexts(got));
}

/** Without what is random or the time in an answer. */
const steady = (text: string): string =>
  text
    .replace(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-xxxxx")
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "uid")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "time");

function print(outcomes: readonly Outcome[], show: number, full: boolean): void {
  const byBase = Map.groupBy(outcomes, ({ one }) => one.base);
  for (const [base, list] of byBase) {
    const passed = list.filter((o) => o.same).length;
    const fields = list.filter((o) => o.sameFields).length;
    console.log(`${passed === list.length ? " " : "!"} ${base}: ${passed}/${list.length} (same fields ${fields})`);
  }
  const passed = outcomes.filter((o) => o.same).length;
  const fields = outcomes.filter((o) => o.sameFields).length;
  console.log(`total ${passed}/${outcomes.length} (same fields ${fields})`);
  const cut = (text: string) => (full ? text : text.slice(0, 600));
  for (const { one, answer } of outcomes.filter((o) => !o.same).slice(0, show)) {
    const value = one.op === "set" ? ` = ${cut(JSON.stringify(one.value)).slice(0, 100)}` : "";
    console.log(`\n${one.id} ${one.base}: ${one.op} ${one.path.join(".")}${value}`);
    console.log(`  want ${one.want.code} ${cut(one.want.message ?? "")}`);
    console.log(`  got  ${answer.code} ${cut(answer.message ?? "")}`);
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kind: { type: "string" },
      base: { type: "string" },
      update: { type: "boolean", default: false },
      show: { type: "string", default: "10" },
      full: { type: "boolean", default: false },
    },
  });
  const outcomes = await replay({
    update: values.update,
    ...(values.kind === undefined ? {} : { kind: values.kind }),
    ...(values.base === undefined ? {} : { base: values.base }),
  });
  print(outcomes, Number(values.show), values.full);
}
