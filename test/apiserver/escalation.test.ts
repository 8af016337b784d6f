/** Who may write roles may not thereby do more than before. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { PolicyRule } from "#api/types/rbac.authorization.k8s.io/v1";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type Client, connect } from "#pkg/client/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";

let server: TestApiServer;
let admin: Client;
/** `system:kube-proxy`, to which the test gives what it may do. */
let user: Client;
const namespace = "default";
const group = "rbac.authorization.k8s.io";

const grant = async (name: string, rules: PolicyRule[]) => {
  await admin.clusterroles.create({ metadata: { name }, rules });
  await admin.clusterrolebindings.create({
    metadata: { name },
    roleRef: { apiGroup: group, kind: "ClusterRole", name },
    subjects: [{ apiGroup: group, kind: "User", name: "system:kube-proxy" }],
  });
};
const revoke = (name: string) => admin.clusterrolebindings.delete({ name });

before(async () => {
  server = await startTestApiServer();
  admin = server.client;
  user = connect(server.connection("kube-proxy"));
  const all = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"];
  await grant("writes-roles", [{ apiGroups: [group], resources: all, verbs: ["create", "get", "update", "patch"] }]);
  await eventually(() => user.clusterroles.get({ name: "writes-roles" }));
});
after(async () => {
  await user[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const pods: PolicyRule = { apiGroups: [""], resources: ["pods"], verbs: ["delete", "eat"] };
const text =
  /is forbidden: user "system:kube-proxy" \(groups=\[.*"system:authenticated".*\]\) is attempting to grant RBAC permissions not currently held:\n\{APIGroups:\[""\], Resources:\["pods"\], Verbs:\["delete" "eat"\]\}/;
const refused =
  (expected: RegExp, code = 403) =>
  (error: StatusError) => {
    assert.match(error.message, expected);
    assert.equal(error.code, code);
    return true;
  };
const role = (name: string, rules: PolicyRule[]) => user.roles.create({ metadata: { name, namespace }, rules });
const bind = (name: string, kind = "ClusterRole") =>
  user.rolebindings.create({
    metadata: { name: `bind-${name}`, namespace },
    roleRef: { apiGroup: group, kind, name },
    subjects: [{ apiGroup: group, kind: "User", name: "somebody" }],
  });

test("a role holds what its author has", async () => {
  await assert.rejects(role("greedy", [pods]), refused(text));
  await assert.rejects(user.clusterroles.create({ metadata: { name: "greedy" }, rules: [pods] }), refused(text));
  const made = await role("modest", [{ apiGroups: [group], resources: ["roles"], verbs: ["get"] }]);
  await assert.rejects(user.roles.update({ ...made, rules: [pods] }), refused(text));
  const labelled = { metadata: { labels: { a: "b" } } };
  await user.roles.patch({ namespace, name: "modest" }, labelled, { type: "merge" });
});

test("a role of others is not changed, but let go", async () => {
  await admin.roles.create({ metadata: { name: "theirs", namespace }, rules: [pods] });
  const patch = (metadata: object) => user.roles.patch({ namespace, name: "theirs" }, { metadata }, { type: "merge" });
  await assert.rejects(patch({ labels: { a: "b" } }), refused(text));
  await patch({ finalizers: ["example.com/mine"] });
  await admin.roles.patch({ namespace, name: "theirs" }, { metadata: { finalizers: null } }, { type: "merge" });
});

test("what gathers rules needs all of them", async () => {
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] };
  const gathering = user.clusterroles.create({ metadata: { name: "gathering" }, rules: [], aggregationRule });
  await assert.rejects(gathering, refused(/must have cluster-admin privileges to use the aggregationRule/));
});

test("a binding gives what its author has", async () => {
  await admin.clusterroles.create({ metadata: { name: "eats" }, rules: [pods] });
  await assert.rejects(bind("eats"), refused(text));
  await assert.rejects(bind("nowhere"), refused(/^clusterroles.rbac.authorization.k8s.io "nowhere" not found$/, 404));
  await assert.rejects(bind("nowhere", "Role"), refused(/^roles.rbac.authorization.k8s.io "nowhere" not found$/, 404));
  await bind("writes-roles");
});

test("who may bind or escalate may grant more", async () => {
  await grant("binds", [{ apiGroups: [group], resources: ["clusterroles"], resourceNames: ["eats"], verbs: ["bind"] }]);
  await eventually(() => bind("eats"), { everyMs: 20 });
  await revoke("binds");
  await grant("escalates", [{ apiGroups: [group], resources: ["roles"], verbs: ["escalate"] }]);
  await eventually(() => role("greedy", [pods]), { everyMs: 20 });
  await revoke("escalates");
});

test("who is given everything may give it", async () => {
  await grant("everything", [
    { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
    { nonResourceURLs: ["*"], verbs: ["*"] },
  ]);
  await eventually(() => user.clusterroles.create({ metadata: { name: "rich" }, rules: [pods] }), { everyMs: 20 });
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] };
  await user.clusterroles.create({ metadata: { name: "gathering" }, rules: [], aggregationRule });
});
