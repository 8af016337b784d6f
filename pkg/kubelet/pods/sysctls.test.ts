import assert from "node:assert/strict";
import { test } from "node:test";
import { forbiddenSysctl } from "./sysctls.ts";

for (const { name, sysctl, host = {}, allowed = [], wants } of [
  { name: "safe", sysctl: "kernel.shm_rmid_forced", wants: undefined },
  { name: "safe, with slashes", sysctl: "net/ipv4/tcp_syncookies", wants: undefined },
  { name: "unsafe", sysctl: "kernel.msgmax", wants: 'forbidden sysctl: "kernel.msgmax" not allowlisted' },
  { name: "unsafe but allowed", sysctl: "kernel.msgmax", allowed: ["kernel.msg*"], wants: undefined },
  {
    name: "of the host's network",
    sysctl: "net.ipv4.tcp_rmem",
    host: { hostNetwork: true },
    wants: 'forbidden sysctl: "net.ipv4.tcp_rmem" not allowed with host net enabled',
  },
  {
    name: "of the host's IPC",
    sysctl: "kernel.shm_rmid_forced",
    host: { hostIPC: true },
    wants: 'forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host ipc enabled',
  },
]) {
  test(`sysctl: ${name}`, () => {
    const spec = { containers: [], securityContext: { sysctls: [{ name: sysctl, value: "1" }] }, ...host };
    assert.equal(forbiddenSysctl({ metadata: {}, spec }, allowed), wants);
  });
}
