package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

const sampleEvery = 5 * time.Millisecond

// residentMB is what /proc says of a process: VmRSS, 2^20 bytes.
func residentMB(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	pages, err := strconv.ParseFloat(strings.Fields(string(text))[1], 64)
	return pages * float64(os.Getpagesize()) / (1 << 20), err
}

// cpuSeconds is the processor time that a process has used so far.
func cpuSeconds(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100, err
}

// peak samples a process's memory until it is stopped.
type peak struct {
	highest atomic.Int64
	done    chan struct{}
	ended   chan struct{}
}

func samplePeak(pid int) *peak {
	p := &peak{done: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		for {
			if mb, err := residentMB(pid); err == nil && int64(mb*1000) > p.highest.Load() {
				p.highest.Store(int64(mb * 1000))
			}
			select {
			case <-p.done:
				return
			case <-time.After(sampleEvery):
			}
		}
	}()
	return p
}

func (p *peak) stopMB() float64 {
	close(p.done)
	<-p.ended
	return float64(p.highest.Load()) / 1000
}
