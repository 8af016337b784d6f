/** The two images that work with no registry in reach, made of the machine's busybox-static. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { ensureProgram } from "../machine.ts";
import { UserError } from "../progress.ts";
import { type BuiltImage, buildImage, type ImageSpec } from "./oci.ts";
import type { TarEntry } from "./tar.ts";

const run = promisify(execFile);

/** Raise it when the images below change. */
export const builtinVersion = 2;

const environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

const directory = (path: string, mode = 0o755): TarEntry => ({ kind: "directory", path, mode });
const text = (path: string, data: string, mode = 0o644): TarEntry => ({
  kind: "file",
  path,
  mode,
  data: Buffer.from(data),
});

/**
 * What holds a pod's namespaces: a shell that reaps what is left to it (with a shared process namespace it is
 * process 1) and ends at once on SIGTERM.
 */
export const pauseScript = `#!/bin/sh
trap 'kill $! 2>/dev/null; exit 0' TERM INT
while :; do sleep 2147483647 & wait $!; done
`;

function pauseSpec(busybox: Buffer): ImageSpec {
  return {
    names: ["kubets.dev/pause:latest"],
    config: { Entrypoint: ["/pause"], Env: environment },
    layer: [
      directory("bin"),
      { kind: "file", path: "bin/busybox", mode: 0o755, data: busybox },
      { kind: "link", path: "bin/sh", target: "busybox" },
      { kind: "link", path: "bin/sleep", target: "busybox" },
      text("pause", pauseScript, 0o755),
    ],
  };
}

/** A web page for the quick start: whoever answers says its name. */
const page = `#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\nHello from %s\\n' "$(hostname)"
`;

/**
 * Debian builds wget without a time limit, and `-T` makes it crash. Here the limit is one of the whole download. In a
 * script it is out of reach: the shell prefers what it has built in.
 */
export const wgetScript = `#!/bin/sh
limit=
left=$#
while [ "$left" -gt 0 ]; do
  left=$((left - 1))
  argument=$1
  shift
  case $argument in
  -T | --timeout)
    limit=$1
    shift
    left=$((left - 1))
    ;;
  -T*) limit=\${argument#-T} ;;
  --timeout=*) limit=\${argument#*=} ;;
  *) set -- "$@" "$argument" ;;
  esac
done
[ -n "$limit" ] || exec /bin/busybox wget "$@"
/bin/busybox timeout "$limit" /bin/busybox wget "$@"
code=$?
[ "$code" -ne 143 ] || { echo 'wget: download timed out' >&2; code=1; }
exit "$code"
`;

function busyboxSpec(busybox: Buffer, applets: readonly string[]): ImageSpec {
  const links = applets.filter((name) => name !== "busybox" && name !== "wget").toSorted();
  return {
    names: ["kubets.dev/busybox:latest", "kubets.dev/busybox:1"],
    config: { Cmd: ["sh"], Env: environment },
    layer: [
      ...["bin", "dev", "etc", "home", "proc", "root", "sys", "usr", "usr/bin", "var", "var/run"].map((path) =>
        directory(path),
      ),
      directory("tmp", 0o1777),
      directory("www"),
      directory("www/cgi-bin"),
      { kind: "file", path: "bin/busybox", mode: 0o755, data: busybox },
      ...links.map((name): TarEntry => ({ kind: "link", path: `bin/${name}`, target: "busybox" })),
      text("bin/wget", wgetScript, 0o755),
      { kind: "link", path: "usr/bin/env", target: "../../bin/busybox" },
      text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
      text("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
      text("etc/nsswitch.conf", "hosts: files dns\n"),
      text("www/index.html", "Hello from Kubets\n"),
      text("www/cgi-bin/hostname", page, 0o755),
    ],
  };
}

const neededApplets = ["httpd", "wget", "nslookup", "nc", "sh", "sleep"];

/** ELF type and the absence of an interpreter are how a static program is told from a dynamic one. */
function ensureStatic(path: string, data: Buffer): void {
  if (data.includes("/ld-linux") || data.includes("/ld-musl")) {
    throw new UserError(`${path} is not static: install busybox-static (run \`make deps\`).`);
  }
}

/** Reads the machine's busybox and builds both images. About 30 ms. */
export async function buildBuiltinImages(): Promise<BuiltImage[]> {
  const path = ensureProgram("busybox");
  const [data, list] = await Promise.all([readFile(path), run(path, ["--list"], { timeout: 5000 })]);
  ensureStatic(path, data);
  const applets = list.stdout.split("\n").filter((name) => name !== "");
  const missing = neededApplets.filter((name) => !applets.includes(name));
  if (missing.length > 0) {
    throw new UserError(`${path} lacks ${missing.join(", ")}: install busybox-static (run \`make deps\`).`);
  }
  return [pauseSpec(data), busyboxSpec(data, applets)].map(buildImage);
}
