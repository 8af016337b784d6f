/** Sections of docs/scoreboard.md that programs write: those that ran whole, unless they are told not to. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

const file = new URL("../../docs/scoreboard.md", import.meta.url);

/** The text of the section of this name, with its title; undefined when there is none. */
export async function readSection(name: string): Promise<string | undefined> {
  const text = await readFile(file, "utf8");
  const from = text.indexOf(`<!-- ${name} -->`);
  const to = text.indexOf(`<!-- /${name} -->`);
  return from < 0 || to < 0 ? undefined : text.slice(from, to);
}

/** Replaces the section of this name, or adds it at the end. */
export async function writeSection(name: string, title: string, body: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const section = `${begin}\n## ${title}\n\n${body}\n${end}`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  const next =
    from < 0 ? `${text.trimEnd()}\n\n${section}\n` : text.slice(0, from) + section + text.slice(to + end.length);
  await writeFile(file, next);
}

/** The commit that is checked out, short. */
export async function currentCommit(): Promise<string> {
  const { stdout } = await promisify(execFile)("git", ["rev-parse", "--short", "HEAD"], { cwd: import.meta.dirname });
  return stdout.trim();
}

/** Today, and the commit: `2026-11-21, commit 0e746a8`. */
export const today = (): string => new Date().toISOString().slice(0, 10);
export const dated = async (): Promise<string> => `${today()}, commit ${await currentCommit()}`;
