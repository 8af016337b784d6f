/** What the scenario applies. Pure. */

export const namespace = "swap";
const image = "kubets.dev/busybox:1";

/** Every pod answers with `message` and its own name. */
export function webManifests(message: string): string {
  const page = `printf 'Content-Type: text/plain\\r\\n\\r\\n%s %s\\n' "$MESSAGE" "$(hostname)"`;
  return `apiVersion: v1
kind: Namespace
metadata: {name: ${namespace}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: page, namespace: ${namespace}}
data:
  hello: |
    #!/bin/sh
    ${page}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${namespace}}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${namespace}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: ${image}
        command: [httpd, -f, -p, "8080", -h, /www]
        env: [{name: MESSAGE, value: ${message}}]
        ports: [{name: http, containerPort: 8080}]
        readinessProbe: {httpGet: {path: /cgi-bin/hello, port: http}, periodSeconds: 1}
        volumeMounts: [{name: page, mountPath: /www/cgi-bin}]
      volumes:
      - name: page
        configMap: {name: page, defaultMode: 0555}
`;
}

/** A pod to ask from. It ends at once on SIGTERM, so that its namespace does too. */
export const clientManifest = `apiVersion: v1
kind: Pod
metadata: {name: client, namespace: ${namespace}}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - {name: client, image: ${image}, command: [sleep, "3600"]}
`;

export const jobCompletions = 3;

export const jobManifest = `apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: ${namespace}}
spec:
  completions: ${jobCompletions}
  parallelism: 2
  template:
    spec:
      restartPolicy: Never
      containers:
      - {name: once, image: ${image}, command: [sh, -c, "echo it ran"]}
`;
