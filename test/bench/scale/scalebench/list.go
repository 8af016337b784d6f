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
	accept, contentType string
	// Behind the path.
	query string
	// What every object has once, and what ends the list.
	mark, end []byte
	// The end may be anywhere, and the server goes on behind it.
	goesOn bool
}

const (
	asProtobuf = "application/vnd.kubernetes.protobuf"
	asTable    = ";as=Table;v=v1;g=meta.k8s.io"
	asMetadata = ";as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
	withState  = "?watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
)

var (
	anObject = []byte(`"uid":"`)
	aRow     = []byte(`"cells":[`)
	// The name of a pod that fill made, with the tag and the length before it; the empty members that end the envelope.
	aPod        = []byte("\n\x0bshop-")
	endOfJSON   = []byte("]}")
	endOfPacked = []byte{0x1a, 0, 0x22, 0}
	lastEvent   = []byte(`"k8s.io/initial-events-end":"true"`)
)

// forms in protobuf are for lists of the pods of fill only.
var forms = map[string]form{
	"json":     {accept: asJSON, contentType: asJSON, mark: anObject, end: endOfJSON},
	"protobuf": {accept: asProtobuf, contentType: asProtobuf, mark: aPod, end: endOfPacked},
	// The state as the first events of a watch: how informers begin.
	"events": {accept: asJSON, contentType: asJSON, query: withState, mark: anObject, end: lastEvent, goesOn: true},
	// As kubectl asks for it.
	"table":        {accept: asJSON + asTable, contentType: asJSON, mark: aRow, end: endOfJSON},
	"bare-table":   {accept: asJSON + asTable, contentType: asJSON, query: "?includeObject=None", mark: aRow, end: endOfJSON},
	"object-table": {accept: asJSON + asTable, contentType: asJSON, query: "?includeObject=Object", mark: aRow, end: endOfJSON},
	// As controllers ask for it that only collect garbage or count.
	"metadata":          {accept: asJSON + asMetadata, contentType: asJSON, mark: anObject, end: endOfJSON},
	"metadata-protobuf": {accept: asProtobuf + asMetadata, contentType: asProtobuf, mark: aPod, end: endOfPacked},
}

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
	name := set.String("form", "json", "what of the objects, and how it is written")
	rounds := set.Int("rounds", 1, "lists, one after the other; figures are of the slowest")
	_ = set.Parse(args)
	c, err := t.client(false)
	if err != nil {
		return nil, err
	}
	how, ok := forms[*name]
	if !ok {
		return nil, fmt.Errorf("there is no form %q", *name)
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
	request, err := http.NewRequest("GET", t.server+path+how.query, nil)
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
	if got := response.Header.Get("Content-Type"); got != how.contentType {
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
