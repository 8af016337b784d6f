// ctlbench loads a control plane over fake nodes and prints one JSON object: when each pod was seen created, bound
// and gone, and what the processes took. It judges nothing but its own requests: who reads the facts does.
//
//	-direct=false  D Deployments of R replicas, run once all are bound, then scaled to zero: controllers and scheduler
//	-direct        D×R pods, created by this program: the scheduler alone
//
// It uses only the standard library so that its own cost stays small and the same whoever it drives.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

var (
	server      = flag.String("server", "https://127.0.0.1:6443", "API server URL")
	caFile      = flag.String("ca", "", "CA certificate")
	certFile    = flag.String("cert", "", "client certificate")
	keyFile     = flag.String("key", "", "client key")
	nodes       = flag.Int("nodes", 100, "fake nodes")
	deployments = flag.Int("deployments", 20, "how many groups of equal pods")
	replicas    = flag.Int("replicas", 100, "pods of each group")
	direct      = flag.Bool("direct", false, "create pods instead of Deployments")
	spread      = flag.Bool("spread", false, "topology spread and pod anti-affinity in the template")
	namespace   = flag.String("namespace", "ctl", "made if it is not there")
	workers     = flag.Int("workers", 32, "concurrent requests")
	limit       = flag.Duration("limit", 3*time.Minute, "for each phase; a phase that takes longer fails")
)

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "ctlbench: "+format+"\n", args...)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		fail("%v", err)
	}
}

type report struct {
	Nodes         []node             `json:"nodes"`
	Pods          []*pod             `json:"pods"`
	AllBoundS     float64            `json:"all_bound_s"`
	AllAvailableS float64            `json:"all_available_s"`
	AllGoneS      float64            `json:"all_gone_s"`
	Available     map[string]int     `json:"available"`
	Rewatches     int                `json:"rewatches"`
	Refused       int64              `json:"refused"`
	Processes     map[string]samples `json:"processes"`
}

func main() {
	flag.Var(processes, "process", "name=pid of a process to measure; may be repeated")
	flag.Parse()
	connect()
	list := makeNodes()
	makeNamespace()
	stop := make(chan struct{})
	go renewLeases(list, stop)
	warmUp()

	books := watchPods()
	measured := map[string]samples{}
	sample(measured, "idle")
	start := time.Now()
	books.start = start
	makeLoad()
	books.await("bound", func() int { return books.bound })
	bound := time.Since(start)
	sample(measured, "bound")
	available, counted := time.Duration(0), map[string]int{}
	if !*direct {
		available, counted = runLoad(books)
		sample(measured, "available")
	}
	scaled := time.Now()
	endLoad(books)
	books.await("gone", func() int { return books.gone })
	gone := time.Since(scaled)
	sample(measured, "end")
	close(stop)
	out, err := json.Marshal(report{list, books.list(), bound.Seconds(), available.Seconds(), gone.Seconds(), counted, books.rewatches, refused, measured})
	must(err)
	fmt.Println(string(out))
}
