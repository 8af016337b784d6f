package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"sort"
	"sync"
	"time"
)

type object struct {
	Metadata struct {
		Name, ResourceVersion string
		DeletionTimestamp     *string
		Labels                map[string]string
	}
	Spec   struct{ NodeName string }
	Status struct {
		Phase      string
		Conditions []struct{ Type, Status string }
	}
}

// pod is what a watch saw of one: times in seconds since the load began, -1 while they have not come.
type pod struct {
	Name     string  `json:"name"`
	App      string  `json:"app"`
	Node     string  `json:"node"`
	CreatedS float64 `json:"created_s"`
	BoundS   float64 `json:"bound_s"`
	GoneS    float64 `json:"gone_s"`
	// Rebound tells that the pod was seen on another node later, which must never be.
	Rebound bool `json:"rebound"`
	leaving bool
}

type books struct {
	mu          sync.Mutex
	changed     *sync.Cond
	pods        map[string]*pod
	start       time.Time
	bound, gone int
	rewatches   int
	version     string
	leaving     chan string
}

// watchPods keeps the books of the namespace's pods from now on, and ends each pod that is being deleted gracefully.
func watchPods() *books {
	var list struct {
		Metadata struct{ ResourceVersion string }
	}
	must(json.Unmarshal(call("GET", podsPath()+"?limit=1", "", "", 200), &list))
	b := &books{pods: map[string]*pod{}, version: list.Metadata.ResourceVersion, leaving: make(chan string, *deployments**replicas)}
	b.changed = sync.NewCond(&b.mu)
	for w := 0; w < *workers; w++ {
		go func() {
			for name := range b.leaving {
				finishPod(name)
			}
		}()
	}
	first := b.open()
	go b.follow(first)
	return b
}

func (b *books) open() *bufio.Reader {
	req, err := http.NewRequest("GET", *server+podsPath()+"?watch=true&allowWatchBookmarks=true&resourceVersion="+b.version, nil)
	must(err)
	resp, err := client.Do(req)
	must(err)
	if resp.StatusCode != 200 {
		fail("the watch of pods: unexpected %d", resp.StatusCode)
	}
	return bufio.NewReaderSize(resp.Body, 1<<20)
}

func (b *books) follow(r *bufio.Reader) {
	for {
		line, err := r.ReadBytes('\n')
		if err != nil { // a server may end a watch at any time: go on from the last version seen
			b.rewatches++
			r = b.open()
			continue
		}
		var event struct {
			Type   string
			Object object
		}
		must(json.Unmarshal(line, &event))
		if event.Type == "ERROR" {
			fail("the watch of pods: %.400s", line)
		}
		b.version = event.Object.Metadata.ResourceVersion
		if event.Type != "BOOKMARK" {
			b.see(event.Type, event.Object)
		}
	}
}

func (b *books) see(kind string, o object) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.changed.Broadcast()
	now := time.Since(b.start).Seconds()
	p := b.pods[o.Metadata.Name]
	if p == nil {
		p = &pod{Name: o.Metadata.Name, App: o.Metadata.Labels["app"], CreatedS: now, BoundS: -1, GoneS: -1}
		b.pods[p.Name] = p
	}
	if o.Spec.NodeName != "" && p.Node == "" {
		p.Node, p.BoundS = o.Spec.NodeName, now
		b.bound++
	}
	p.Rebound = p.Rebound || o.Spec.NodeName != p.Node
	if kind == "DELETED" {
		p.GoneS = now
		b.gone++
	} else if o.Metadata.DeletionTimestamp != nil && !p.leaving && !*direct {
		p.leaving = true
		b.leaving <- p.Name
	}
}

// await returns when count reaches the number of pods asked for; the program fails when the limit passes before.
func (b *books) await(what string, count func() int) {
	wanted := *deployments * *replicas
	late := time.AfterFunc(*limit, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		fail("not within %s: %d pods %s: created %d, bound %d, gone %d", *limit, wanted, what, len(b.pods), b.bound, b.gone)
	})
	defer late.Stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	for count() < wanted {
		b.changed.Wait()
	}
}

func (b *books) list() []*pod {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]*pod, 0, len(b.pods))
	for _, p := range b.pods {
		out = append(out, p)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}
