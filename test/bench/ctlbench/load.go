package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

const spreadTemplate = `,"topologySpreadConstraints":[{"maxSkew":5,"topologyKey":"topology.kubernetes.io/zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"APP"}}}],"affinity":{"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":100,"podAffinityTerm":{"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app":"APP"}}}}]}}`

func podSpec(app string) string {
	extra := ""
	if *spread {
		extra = strings.ReplaceAll(spreadTemplate, "APP", app)
	}
	return `{"automountServiceAccountToken":false,"containers":[{"name":"c","image":"registry.example.com/x:1","resources":{"requests":{"cpu":"100m","memory":"64Mi"}}}]` + extra + `}`
}

func podsPath() string { return "/api/v1/namespaces/" + *namespace + "/pods" }

func deploymentsPath() string { return "/apis/apps/v1/namespaces/" + *namespace + "/deployments" }

func appName(i int) string { return fmt.Sprintf("d%03d", i) }

func makeNamespace() {
	create("/api/v1/namespaces", fmt.Sprintf(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":%q}}`, *namespace))
	// Without controllers nobody else makes it, and no pod is admitted before.
	create("/api/v1/namespaces/"+*namespace+"/serviceaccounts", `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default"}}`)
}

func makeDeployment(name string, count int) {
	create(deploymentsPath(), fmt.Sprintf(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":%q},"spec":{"replicas":%d,"selector":{"matchLabels":{"app":%q}},"template":{"metadata":{"labels":{"app":%q}},"spec":%s}}}`, name, count, name, name, podSpec(name)))
}

func makePod(app, name string) {
	create(podsPath(), fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"labels":{"app":%q}},"spec":%s}`, name, app, podSpec(app)))
}

func makeLoad() {
	if !*direct {
		for i := 0; i < *deployments; i++ {
			makeDeployment(appName(i), *replicas)
		}
		return
	}
	parallel(*deployments**replicas, func(i int) {
		app := appName(i % *deployments)
		makePod(app, fmt.Sprintf("%s-%04d", app, i / *deployments))
	})
}

// runLoad does what kubelets do once a pod's containers run, and returns how long it took until every Deployment counted
// all its pods as available, with what each then counted.
func runLoad(b *books) (time.Duration, map[string]int) {
	pods := b.list()
	start := time.Now()
	parallel(len(pods), func(i int) { runPod(pods[i].Name, i) })
	counted := map[string]int{}
	missing := func() string {
		return fmt.Sprintf("all Deployments available: they count %v; %s", counted, readyPods())
	}
	waitFor(missing, func() bool {
		var list struct {
			Items []struct {
				Metadata struct{ Name string }
				Status   struct{ AvailableReplicas int }
			}
		}
		must(json.Unmarshal(call("GET", deploymentsPath(), "", "", 200), &list))
		full := 0
		for _, d := range list.Items {
			if d.Status.AvailableReplicas > 0 {
				counted[d.Metadata.Name] = d.Status.AvailableReplicas
			}
			if d.Status.AvailableReplicas == *replicas {
				full++
			}
		}
		return full == *deployments
	})
	return time.Since(start), counted
}

func runPod(name string, i int) {
	now := time.Now().UTC().Format(time.RFC3339)
	yes := func(condition string) string {
		return fmt.Sprintf(`{"type":%q,"status":"True","lastTransitionTime":%q}`, condition, now)
	}
	conditions := strings.Join([]string{yes("PodScheduled"), yes("Initialized"), yes("ContainersReady"), yes("Ready")}, ",")
	ip := fmt.Sprintf("10.%d.%d.%d", 100+i>>16, i>>8&255, i&255)
	container := fmt.Sprintf(`{"name":"c","image":"registry.example.com/x:1","imageID":"","containerID":"containerd://%064x","ready":true,"started":true,"restartCount":0,"state":{"running":{"startedAt":%q}}}`, i, now)
	patch(podsPath()+"/"+name+"/status", fmt.Sprintf(`{"status":{"phase":"Running","startTime":%q,"podIP":%q,"podIPs":[{"ip":%q}],"conditions":[%s],"containerStatuses":[%s]}}`, now, ip, ip, conditions, container))
}

// endLoad scales to zero, or deletes what makeLoad made itself.
func endLoad(b *books) {
	if *direct {
		pods := b.list()
		parallel(len(pods), func(i int) { finishPod(pods[i].Name) })
		return
	}
	for i := 0; i < *deployments; i++ {
		patch(deploymentsPath()+"/"+appName(i)+"/scale", `{"spec":{"replicas":0}}`)
	}
}

// finishPod does what a kubelet does at the end of a graceful deletion.
func finishPod(name string) {
	call("DELETE", podsPath()+"/"+name+"?gracePeriodSeconds=0", "", "", 200, 404)
}

// warmUp returns once one pod was made by whoever makes them, bound and taken away: from then on the time counts.
func warmUp() {
	if *direct {
		makePod("warm-up", "warm-up")
	} else {
		makeDeployment("warm-up", 1)
	}
	waitFor(text("the first pod bound"), func() bool {
		found := listPods()
		return len(found) == 1 && found[0].Spec.NodeName != ""
	})
	if !*direct {
		patch(deploymentsPath()+"/warm-up/scale", `{"spec":{"replicas":0}}`)
	}
	waitFor(text("the first pod gone"), func() bool {
		for _, p := range listPods() {
			if *direct || p.Metadata.DeletionTimestamp != nil {
				finishPod(p.Metadata.Name)
			}
		}
		return len(listPods()) == 0
	})
	time.Sleep(time.Second)
}

func listPods() []object {
	var list struct{ Items []object }
	must(json.Unmarshal(call("GET", podsPath(), "", "", 200), &list))
	return list.Items
}

func text(what string) func() string { return func() string { return what } }

// readyPods tells why a Deployment may not be available.
func readyPods() string {
	running, ready := 0, 0
	pods := listPods()
	for _, p := range pods {
		if p.Status.Phase == "Running" {
			running++
		}
		for _, c := range p.Status.Conditions {
			if c.Type == "Ready" && c.Status == "True" {
				ready++
			}
		}
	}
	return fmt.Sprintf("of %d pods %d run and %d are ready", len(pods), running, ready)
}

// waitFor asks for what it waits for only when it did not come.
func waitFor(what func() string, done func() bool) {
	for end := time.Now().Add(*limit); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			fail("not within %s: %s", *limit, what())
		}
	}
}
