package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand"
	"os"
	"sync/atomic"
	"time"
)

// get reads single objects by some workers, each as fast as it is answered, while a large one is read and written, or a list
// is read over and over.
func get(t *target, args []string) (figures, error) {
	set := t.flags("get")
	file := set.String("paths", "", "file with the paths of the objects, one a line")
	workers := set.Int("workers", 32, "concurrent requests")
	seconds := set.Float64("seconds", 20, "how long")
	large := set.String("large", "", "path of a large custom object that is read and written meanwhile")
	pause := set.Duration("pause", 100*time.Millisecond, "between a reading of it and the next writing")
	listed := set.String("list", "", "form in which all pods are listed meanwhile")
	_ = set.Parse(args)
	paths, err := linesOf(*file)
	if err != nil {
		return nil, err
	}
	c, err := t.client(false)
	if err != nil {
		return nil, err
	}
	var took times
	var stop atomic.Bool
	time.AfterFunc(time.Duration(*seconds*float64(time.Second)), func() { stop.Store(true) })
	beside := []func() (figures, error){
		func() (figures, error) { return t.rewrite(*large, *pause, &stop) },
		func() (figures, error) { return t.listOver(*listed, &stop) },
	}
	outcomes := make(chan outcome, len(beside))
	for _, work := range beside {
		go func() {
			found, err := work()
			outcomes <- outcome{found, err}
		}()
	}
	began := time.Now()
	err = parallel(*workers, *workers, func(int) error {
		for !stop.Load() {
			path := paths[rand.Intn(len(paths))]
			asked := time.Now()
			if _, err := t.must(200, c, "GET", path, "", nil); err != nil {
				return err
			}
			took.add(time.Since(asked))
		}
		return nil
	})
	during := time.Since(began)
	stop.Store(true)
	found := figures{}
	for range beside {
		one := <-outcomes
		maps.Copy(found, one.found)
		if err == nil {
			err = one.err
		}
	}
	took.into(found, "get", during)
	return found, err
}

// outcome is of what was done beside the gets.
type outcome struct {
	found figures
	err   error
}

// listOver reads all pods, one list after the other, over a connection of its own. The last one ends after the gets.
func (t *target) listOver(name string, stop *atomic.Bool) (figures, error) {
	if name == "" {
		return nil, nil
	}
	c, err := t.client(false)
	if err != nil {
		return nil, err
	}
	lists := 0
	began := time.Now()
	for ; !stop.Load(); lists++ {
		one, err := t.readList(c, "/api/v1/pods", forms[name], false, 0)
		if err != nil {
			return nil, err
		}
		if one.items == 0 {
			return nil, fmt.Errorf("a list as %s had no pods", name)
		}
	}
	return figures{"lists": float64(lists), "list_ms": ms(time.Since(began)) / float64(lists)}, nil
}

func (t *times) into(found figures, name string, during time.Duration) {
	found[name+"_per_s"] = float64(t.count.Load()) / during.Seconds()
	found[name+"_p50_ms"] = t.quantileMs(.5)
	found[name+"_p99_ms"] = t.quantileMs(.99)
	found[name+"_max_ms"] = t.maxMs()
}

// rewrite reads an object and writes it again with one member changed, over a connection of its own.
func (t *target) rewrite(path string, pause time.Duration, stop *atomic.Bool) (figures, error) {
	if path == "" {
		return nil, nil
	}
	c, err := t.client(false)
	if err != nil {
		return nil, err
	}
	found := figures{}
	var reads, writes times
	began := time.Now()
	for round := 0; !stop.Load(); round++ {
		asked := time.Now()
		answer, err := t.must(200, c, "GET", path, "", nil)
		if err != nil {
			return nil, err
		}
		reads.add(time.Since(asked))
		body, err := withRound(answer, round)
		if err != nil {
			return nil, err
		}
		asked = time.Now()
		if _, err := t.must(200, c, "PUT", path, asJSON, body); err != nil {
			return nil, err
		}
		writes.add(time.Since(asked))
		found["large_mb"] = float64(len(body)) / 1e6
		time.Sleep(pause)
	}
	reads.into(found, "large_get", time.Since(began))
	writes.into(found, "large_put", time.Since(began))
	return found, nil
}

func withRound(object []byte, round int) ([]byte, error) {
	var parsed map[string]any
	if err := json.Unmarshal(object, &parsed); err != nil {
		return nil, err
	}
	metadata, ok := parsed["metadata"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%.100s has no metadata", object)
	}
	metadata["labels"] = map[string]any{"round": fmt.Sprint(round)}
	return json.Marshal(parsed)
}

func linesOf(file string) ([]string, error) {
	from, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	var lines []string
	for scanner := bufio.NewScanner(from); scanner.Scan(); {
		lines = append(lines, scanner.Text())
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s names no object", file)
	}
	return lines, nil
}
