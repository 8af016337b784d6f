package main

import (
	"fmt"
	"time"
)

const (
	zones       = 3
	podsPerNode = 110
	leasePath   = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"
	// The controllers give up on a node after 50 s without a word from it.
	renewEvery = 20 * time.Second
)

type node struct {
	Name string `json:"name"`
	Zone string `json:"zone"`
	Pods int    `json:"pods"`
}

func makeNodes() []node {
	list := make([]node, *nodes)
	parallel(*nodes, func(i int) {
		list[i] = node{fmt.Sprintf("fake-%04d", i), fmt.Sprintf("z%d", i%zones), podsPerNode}
		makeNode(list[i])
	})
	return list
}

func makeNode(n node) {
	now := time.Now().UTC().Format(time.RFC3339)
	room := fmt.Sprintf(`{"cpu":"32","memory":"256Gi","pods":"%d"}`, n.Pods)
	create("/api/v1/nodes", fmt.Sprintf(`{"apiVersion":"v1","kind":"Node","metadata":{"name":%q,"labels":{"kubernetes.io/hostname":%q,"topology.kubernetes.io/zone":%q}},"status":{"capacity":%s,"allocatable":%s,"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady","message":"ok","lastHeartbeatTime":%q,"lastTransitionTime":%q}]}}`, n.Name, n.Name, n.Zone, room, room, now, now))
	create(leasePath, fmt.Sprintf(`{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":%q,"namespace":"kube-node-lease"},"spec":{"holderIdentity":%q,"leaseDurationSeconds":40,"renewTime":%q}}`, n.Name, n.Name, microTime()))
	// Every new node gets the taint that it is not ready; without controllers nobody takes it away.
	patch("/api/v1/nodes/"+n.Name, `{"spec":{"taints":null}}`)
}

func microTime() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000000Z") }

// renewLeases does what kubelets do, one node after the other, each in its turn. A slow answer holds up no other node: or
// the controllers would give up nodes, and the pods on them, of whoever answers slowly.
func renewLeases(list []node, stop chan struct{}) {
	turn := time.NewTicker(renewEvery / time.Duration(len(list)))
	defer turn.Stop()
	underWay := make(chan struct{}, *workers)
	for i := 0; ; i = (i + 1) % len(list) {
		select {
		case <-stop:
			return
		case <-turn.C:
		}
		underWay <- struct{}{}
		go func(name string) {
			patch(leasePath+"/"+name, fmt.Sprintf(`{"spec":{"renewTime":%q}}`, microTime()))
			<-underWay
		}(list[i].Name)
	}
}
