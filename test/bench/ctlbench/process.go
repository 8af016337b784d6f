package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// pids of the processes to measure, by name; a flag.Value.
type pids map[string]int

var processes = pids{}

func (p pids) String() string { return "" }

func (p pids) Set(text string) error {
	name, number, ok := strings.Cut(text, "=")
	pid, err := strconv.Atoi(number)
	if !ok || err != nil {
		return fmt.Errorf("name=pid expected, not %q", text)
	}
	p[name] = pid
	return nil
}

type usage struct {
	RssMB  float64 `json:"rss_mb"`
	PeakMB float64 `json:"peak_mb"`
	CPUS   float64 `json:"cpu_s"`
}

// samples of one process by phase.
type samples map[string]usage

var (
	rssLine  = regexp.MustCompile(`VmRSS:\s+(\d+)`)
	peakLine = regexp.MustCompile(`VmHWM:\s+(\d+)`)
)

// sample fails when a process is gone: what it did not do must not look cheap.
func sample(into map[string]samples, phase string) {
	for name, pid := range processes {
		if into[name] == nil {
			into[name] = samples{}
		}
		into[name][phase] = usageOf(name, pid)
	}
}

func usageOf(name string, pid int) usage {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	must(err)
	megabytes := func(line *regexp.Regexp) float64 {
		found := line.FindSubmatch(status)
		if found == nil {
			fail("%s (%d) has ended", name, pid)
		}
		kilobytes, err := strconv.ParseFloat(string(found[1]), 64)
		must(err)
		return kilobytes / 1024
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	must(err)
	fields := strings.Fields(string(stat[strings.LastIndex(string(stat), ")")+1:]))
	user, err := strconv.ParseFloat(fields[11], 64)
	must(err)
	system, err := strconv.ParseFloat(fields[12], 64)
	must(err)
	return usage{megabytes(rssLine), megabytes(peakLine), (user + system) / 100}
}
