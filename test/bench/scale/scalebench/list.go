package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// form is how a list is asked for.
type form struct {
	accept string
	// What every object has once, and what ends the list.
	mark, end []byte
	// The end may be anywhere, and the server goes on behind it.
	goesOn bool
}

var (
	plainJSON = form{accept: asJSON, mark: []byte(`"uid":"`), end: []byte("]}")}
	// The name of a pod that fill made, with the tag and the length before it; the empty members that end the envelope.
	protobuf = form{
		accept: "application/vnd.kubernetes.protobuf", mark: []byte("\n\x0bshop-"), end: []byte{0x1a, 0, 0x22, 0},
	}
	// The state as the first events of a watch: how informers begin.
	events = form{accept: asJSON, mark: []byte(`"uid":"`), end: []byte(`"k8s.io/initial-events-end":"true"`), goesOn: true}
)

const withState = "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"

const (
	readBytes = 64 * 1024
	// Longer than any mark or end.
	keptBytes = 64
)

// list reads whole lists as they come, and the server's memory meanwhile.
func list(t *target, args []string) (figures, error) {
	set := t.flags("list")
	path := set.String("path", "/api/v1/pods", "what is listed")
	items := set.Int("items", 0, "how many objects there must be")
	rate := set.Float64("rate", 0, "MB (10^6 bytes) to read in a second at most; 0: as fast as they come")
	compressed := set.Bool("gzip", false, "compressed")
	asProtobuf := set.Bool("protobuf", false, "as most of upstream's own clients ask for it; lists of the pods of fill only")
	asEvents := set.Bool("events", false, "as the first events of a watch")
	rounds := set.Int("rounds", 1, "lists, one after the other; figures are of the slowest")
	_ = set.Parse(args)
	c, err := t.client(false)
	if err != nil {
		return nil, err
	}
	how := plainJSON
	if *asProtobuf {
		how = protobuf
	}
	if *asEvents {
		how = events
		*path += withState
	}
	// The connection is there already, as with every client that goes on living.
	if _, err := t.must(200, c, "GET", "/version", "", nil); err != nil {
		return nil, err
	}
	found := figures{}
	for range *rounds {
		before, err := residentMB(t.pid)
		if err != nil {
			return nil, err
		}
		cpuBefore, _ := cpuSeconds(t.pid)
		memory := samplePeak(t.pid)
		one, err := t.readList(c, *path, how, *compressed, *rate*1e6)
		highest := memory.stopMB()
		if err != nil {
			return nil, err
		}
		if one.items != *items {
			return nil, fmt.Errorf("%s had %d objects, not %d", *path, one.items, *items)
		}
		cpuAfter, _ := cpuSeconds(t.pid)
		found.raise("first_byte_ms", ms(one.first))
		found.raise("all_ms", ms(one.all))
		found.raise("longest_pause_ms", ms(one.pause))
		found.raise("list_mb", float64(one.bytes)/1e6)
		found.raise("rss_before_mb", before)
		found.raise("rss_added_mb", max(highest-before, 0))
		found.raise("server_cpu_s", cpuAfter-cpuBefore)
	}
	return found, nil
}

func (f figures) raise(name string, value float64) {
	if known, ok := f[name]; !ok || value > known {
		f[name] = value
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

type reading struct {
	// From the request to the first byte of the body, to its end, and the longest time between two reads.
	first, all, pause time.Duration
	bytes, items      int
}

func (t *target) readList(c *http.Client, path string, how form, compressed bool, bytesPerSecond float64) (reading, error) {
	request, err := http.NewRequest("GET", t.server+path, nil)
	if err != nil {
		return reading{}, err
	}
	request.Header.Set("Accept", how.accept)
	if compressed {
		request.Header.Set("Accept-Encoding", "gzip")
	}
	began := time.Now()
	response, err := c.Do(request)
	if err != nil {
		return reading{}, err
	}
	defer response.Body.Close()
	if response.StatusCode != 200 {
		return reading{}, fmt.Errorf("%s: %s", path, response.Status)
	}
	if got := response.Header.Get("Content-Type"); got != how.accept {
		return reading{}, fmt.Errorf("%s: Content-Type %q", path, got)
	}
	if (response.Header.Get("Content-Encoding") == "gzip") != compressed {
		return reading{}, fmt.Errorf("%s: Content-Encoding %q", path, response.Header.Get("Content-Encoding"))
	}
	body := io.Reader(response.Body)
	if compressed {
		body = &lateGzip{from: response.Body}
	}
	return readBody(body, how, began, bytesPerSecond)
}

// lateGzip reads the header of the stream when the first byte is asked for, not before.
type lateGzip struct {
	from   io.Reader
	reader *gzip.Reader
}

func (l *lateGzip) Read(into []byte) (int, error) {
	if l.reader == nil {
		reader, err := gzip.NewReader(l.from)
		if err != nil {
			return 0, err
		}
		l.reader = reader
	}
	return l.reader.Read(into)
}

func readBody(body io.Reader, how form, began time.Time, bytesPerSecond float64) (reading, error) {
	var found reading
	buffer := make([]byte, readBytes)
	// The end of what came before: a name may lie across two reads.
	kept := 0
	last := began
	for {
		n, err := body.Read(buffer[kept:])
		now := time.Now()
		if n > 0 {
			if found.bytes == 0 {
				found.first = now.Sub(began)
			}
			found.pause = max(found.pause, now.Sub(last))
			last = now
			found.bytes += n
			have := buffer[:kept+n]
			// A mark that lies across two reads ends in the second of them.
			found.items += bytes.Count(have, how.mark) - bytes.Count(have[:kept], how.mark)
			if how.goesOn && bytes.Contains(have, how.end) {
				found.all = now.Sub(began)
				return found, nil
			}
			kept = copy(buffer, have[max(0, len(have)-keptBytes):])
		}
		if errors.Is(err, io.EOF) {
			found.all = now.Sub(began)
			if !bytes.HasSuffix(bytes.TrimRight(buffer[:kept], "\n"), how.end) {
				return found, fmt.Errorf("the list ended with %q", buffer[:kept])
			}
			return found, nil
		}
		if err != nil {
			return found, fmt.Errorf("after %d bytes: %w", found.bytes, err)
		}
		if bytesPerSecond > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(float64(found.bytes) / bytesPerSecond * 1e9))))
			last = time.Now()
		}
	}
}
