// scalebench loads a Kubernetes API server with what large clusters do to it, and prints one JSON object of figures.
// Standard library only, and cheap enough a client that the server stays what is measured.
//
//	scalebench fill|list|watch|get -server URL -ca FILE -cert FILE -key FILE [flags]
//
// Exits with 1 when a request failed, or an answer or an event is missing.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"syscall"
)

// figures are what a command found out, by name; units stand last in the names.
type figures map[string]float64

var commands = map[string]func(*target, []string) (figures, error){
	"fill":  fill,
	"list":  list,
	"watch": watch,
	"get":   get,
}

// target is the server under load.
type target struct {
	server, ca, cert, key string
	pid                   int
}

func (t *target) flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ExitOnError)
	set.StringVar(&t.server, "server", "", "API server URL")
	set.StringVar(&t.ca, "ca", "", "CA certificate")
	set.StringVar(&t.cert, "cert", "", "client certificate")
	set.StringVar(&t.key, "key", "", "client key")
	set.IntVar(&t.pid, "pid", 0, "server process, for its memory")
	return set
}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: scalebench fill|list|watch|get [flags]")
		os.Exit(2)
	}
	found, err := commands[os.Args[1]](&target{}, os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "scalebench:", err)
		os.Exit(1)
	}
	found["client_cpu_s"] = ownSeconds()
	for name, value := range found {
		found[name] = math.Round(value*100) / 100
	}
	_ = json.NewEncoder(os.Stdout).Encode(found)
}

// ownSeconds is the processor time of this process: a client that needs a whole core measures itself.
func ownSeconds() float64 {
	var used syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &used) != nil {
		return -1
	}
	return float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
}
