package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"sync/atomic"
	"time"
)

// get reads single objects by some workers, each as fast as it is answered, while a large one is read and written.
func get(t *target, args []string) (figures, error) {
	set := t.flags("get")
	file := set.String("paths", "", "file with the paths of the objects, one a line")
	workers := set.Int("workers", 32, "concurrent requests")
	seconds := set.Float64("seconds", 20, "how long")
	large := set.String("large", "", "path of a large custom object that is read and written meanwhile")
	pause := set.Duration("pause", 100*time.Millisecond, "between a reading of it and the next writing")
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
	found := figures{}
	rewritten := make(chan error, 1)
	go func() { rewritten <- t.rewrite(*large, *pause, &stop, found) }()
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
	if later := <-rewritten; err == nil {
		err = later
	}
	took.into(found, "get", during)
	return found, err
}

func (t *times) into(found figures, name string, during time.Duration) {
	found[name+"_per_s"] = float64(t.count.Load()) / during.Seconds()
	found[name+"_p50_ms"] = t.quantileMs(.5)
	found[name+"_p99_ms"] = t.quantileMs(.99)
	found[name+"_max_ms"] = t.maxMs()
}

// rewrite reads an object and writes it again with one member changed, over a connection of its own.
func (t *target) rewrite(path string, pause time.Duration, stop *atomic.Bool, found figures) error {
	if path == "" {
		return nil
	}
	c, err := t.client(false)
	if err != nil {
		return err
	}
	var reads, writes times
	began := time.Now()
	for round := 0; !stop.Load(); round++ {
		asked := time.Now()
		answer, err := t.must(200, c, "GET", path, "", nil)
		if err != nil {
			return err
		}
		reads.add(time.Since(asked))
		body, err := withRound(answer, round)
		if err != nil {
			return err
		}
		asked = time.Now()
		if _, err := t.must(200, c, "PUT", path, asJSON, body); err != nil {
			return err
		}
		writes.add(time.Since(asked))
		found["large_mb"] = float64(len(body)) / 1e6
		time.Sleep(pause)
	}
	reads.into(found, "large_get", time.Since(began))
	writes.into(found, "large_put", time.Since(began))
	return nil
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
