package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// How long the last events may take after the last write.
	lateMax     = 60 * time.Second
	dialsAtOnce = 16
	// What Retry-After says.
	putOff = time.Second
)

var stampName = []byte(`"scale-stamp":"`)

// watch opens watches, each over a connection of its own, and writes at a steady rate. Every watch must see every write
// once, and all of them in one order.
func watch(t *target, args []string) (figures, error) {
	set := t.flags("watch")
	kind := set.String("kind", "endpointslices", "what is watched: endpointslices (1 kB) or pods (4 kB)")
	namespace := set.String("namespace", "watched", "where; it is made")
	count := set.Int("watchers", 1000, "watches")
	rate := set.Int("rate", 200, "writes in a second")
	seconds := set.Int("seconds", 30, "how long")
	objects := set.Int("objects", 200, "objects that are written in turn")
	lossy := set.Bool("lossy", false, "count what the server does not deliver, instead of failing")
	_ = set.Parse(args)
	c, err := t.client(false)
	if err != nil {
		return nil, err
	}
	run := &watching{target: t, c: c, rate: *rate, writes: *rate * *seconds, lags: &times{}, written: &times{}}
	if err := run.prepare(*kind, *namespace, *objects); err != nil {
		return nil, err
	}
	if err := run.open(*count); err != nil {
		return nil, err
	}
	rss, _ := residentMB(t.pid)
	cpuBefore, _ := cpuSeconds(t.pid)
	ownBefore := ownSeconds()
	memory := samplePeak(t.pid)
	began := time.Now()
	err = run.write(*objects)
	missing, later := run.wait()
	if err == nil && (missing == 0 || !*lossy) {
		err = later
	}
	took := time.Since(began)
	highest := memory.stopMB()
	if err != nil {
		return nil, err
	}
	cpuAfter, _ := cpuSeconds(t.pid)
	found := figures{
		"writes_per_s": float64(run.writes) / run.wrote.Seconds(), "write_p99_ms": run.written.quantileMs(.99),
		"lag_p50_ms": run.lags.quantileMs(.5), "lag_p99_ms": run.lags.quantileMs(.99), "lag_max_ms": run.lags.maxMs(),
		"lost":   float64(missing),
		"events": float64(run.lags.count.Load()), "event_bytes": float64(run.bytes.Load()) / float64(run.lags.count.Load()),
		"events_per_s": float64(run.lags.count.Load()) / took.Seconds(), "server_cpu_of_core": (cpuAfter - cpuBefore) / took.Seconds(),
		"client_cpu_of_core": (ownSeconds() - ownBefore) / took.Seconds(), "rss_before_mb": rss, "rss_added_mb": highest - rss,
		"opened_ms": ms(run.opened), "put_off": float64(run.refused.Load()),
	}
	return found, nil
}

type watching struct {
	*target
	c          *http.Client
	collection string
	path       string
	rate       int
	writes     int
	opened     time.Duration
	wrote      time.Duration
	lags       *times
	written    *times
	bytes      atomic.Int64
	refused    atomic.Int64
	watchers   []*watcher
	group      sync.WaitGroup
}

func (w *watching) prepare(kind, namespace string, objects int) error {
	makers := map[string]func(string, int) []byte{"endpointslices": sliceOf, "pods": podOf}
	roots := map[string]string{"endpointslices": "/apis/discovery.k8s.io/v1", "pods": "/api/v1"}
	if makers[kind] == nil {
		return fmt.Errorf("-kind %s", kind)
	}
	w.collection = roots[kind] + "/namespaces/" + namespace + "/" + kind
	w.path = roots[kind] + "/" + kind
	if err := w.makeNamespace(w.c, namespace); err != nil {
		return err
	}
	return parallel(objects, dialsAtOnce, func(i int) error {
		_, err := w.must(201, w.c, "POST", w.collection, asJSON, makers[kind](namespace, i))
		return err
	})
}

func (w *watching) open(count int) error {
	answer, err := w.must(200, w.c, "GET", w.path+"?limit=1", "", nil)
	if err != nil {
		return err
	}
	var list struct {
		Metadata struct{ ResourceVersion string }
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return err
	}
	config, err := w.tlsConfig()
	if err != nil {
		return err
	}
	w.watchers = make([]*watcher, count)
	path := w.path + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=600&resourceVersion=" + list.Metadata.ResourceVersion
	began := time.Now()
	err = parallel(count, dialsAtOnce, func(i int) error {
		from, err := openStream(config, w.server, path)
		w.watchers[i] = &watcher{from: from, seen: make([]bool, w.writes), left: w.writes}
		return err
	})
	w.opened = time.Since(began)
	if err != nil {
		return err
	}
	for _, one := range w.watchers {
		w.group.Add(1)
		go func() {
			defer w.group.Done()
			one.err = one.run(w.lags, &w.bytes)
		}()
	}
	time.Sleep(time.Second)
	return nil
}

// names of the objects, in the order in which they are written.
func (w *watching) names() ([]string, error) {
	answer, err := w.must(200, w.c, "GET", w.collection, "", nil)
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct{ Metadata struct{ Name string } }
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, item := range list.Items {
		names = append(names, item.Metadata.Name)
	}
	return names, nil
}

// write keeps to its times whether answers come or not: what is late counts from when it should have been sent.
func (w *watching) write(objects int) error {
	names, err := w.names()
	if err != nil {
		return err
	}
	if len(names) != objects {
		return fmt.Errorf("%d objects, not %d", len(names), objects)
	}
	began := time.Now()
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	for i := range w.writes {
		due := began.Add(time.Duration(i) * time.Second / time.Duration(w.rate))
		time.Sleep(time.Until(due))
		group.Add(1)
		go func() {
			defer group.Done()
			body := fmt.Sprintf(`{"metadata":{"annotations":{"scale-stamp":"%d-%d"}}}`, i, due.UnixNano())
			err := w.patch(w.collection+"/"+names[i%objects], []byte(body))
			w.written.add(time.Since(due))
			if err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		}()
	}
	group.Wait()
	w.wrote = time.Since(began)
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// patch comes again when the server puts it off, as clients do; the time until then counts.
func (w *watching) patch(path string, body []byte) error {
	for end := time.Now().Add(lateMax); ; time.Sleep(putOff) {
		code, answer, err := w.do(w.c, "PATCH", path, asMerge, body)
		if err != nil || code == 200 {
			return err
		}
		if code != http.StatusTooManyRequests || time.Now().After(end) {
			return fmt.Errorf("PATCH %s: %d %.300s", path, code, answer)
		}
		w.refused.Add(1)
	}
}

// wait ends the watches when they have seen everything, or too much time has passed.
func (w *watching) wait() (int, error) {
	timer := time.AfterFunc(lateMax, func() {
		for _, one := range w.watchers {
			one.from.connection.Close()
		}
	})
	w.group.Wait()
	timer.Stop()
	missing := 0
	var first error
	// The first that saw everything: what others lost says nothing of the order.
	var whole *watcher
	for _, one := range w.watchers {
		one.from.connection.Close()
		missing += one.left
		if first == nil {
			first = one.err
		}
		if one.left > 0 {
			continue
		}
		if whole == nil {
			whole = one
		}
		if one.order != whole.order {
			return 0, errors.New("two watches saw the writes in different orders")
		}
	}
	if missing > 0 || first != nil {
		return missing, fmt.Errorf("%d of %d events were not seen: %w", missing, w.writes*len(w.watchers), first)
	}
	return 0, nil
}

type watcher struct {
	from  *stream
	seen  []bool
	left  int
	order uint64
	err   error
}

func (w *watcher) run(lags *times, total *atomic.Int64) error {
	order := fnv.New64a()
	var begun, text []byte
	for w.left > 0 {
		kind, data, err := w.from.next()
		if err != nil {
			return err
		}
		if kind != frameData {
			continue
		}
		now := time.Now()
		total.Add(int64(len(data)))
		for {
			end := bytes.IndexByte(data, '\n')
			if end < 0 {
				begun = append(begun, data...)
				break
			}
			line := data[:end]
			if len(begun) > 0 {
				begun = append(begun, line...)
				line = begun
			}
			number, sent, err := stampOf(line)
			if err != nil {
				return err
			}
			if number >= 0 {
				if number >= len(w.seen) || w.seen[number] {
					return fmt.Errorf("write %d was seen twice", number)
				}
				w.seen[number] = true
				w.left--
				lags.add(now.Sub(sent))
				text = append(strconv.AppendInt(text[:0], int64(number), 10), ' ')
				_, _ = order.Write(text)
			}
			begun = begun[:0]
			data = data[end+1:]
		}
	}
	w.order = order.Sum64()
	return nil
}

// stampOf is -1 for an event without one: a bookmark.
func stampOf(line []byte) (int, time.Time, error) {
	at := bytes.Index(line, stampName)
	if at < 0 {
		if bytes.HasPrefix(line, []byte(`{"type":"BOOKMARK"`)) {
			return -1, time.Time{}, nil
		}
		return 0, time.Time{}, fmt.Errorf("an event without a stamp: %.200s", line)
	}
	text, _, _ := bytes.Cut(line[at+len(stampName):], []byte(`"`))
	number, nanos, _ := bytes.Cut(text, []byte("-"))
	write, err := strconv.Atoi(string(number))
	if err != nil {
		return 0, time.Time{}, err
	}
	sent, err := strconv.ParseInt(string(nanos), 10, 64)
	return write, time.Unix(0, sent), err
}
