package main

import (
	"bufio"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"net/url"
)

// One request on an HTTP/2 connection of its own, with as little work for each frame as there can be: a thousand watches
// by Go's own client would need more processor time than the server that they measure.

const (
	frameData, frameHeaders, frameReset, frameSettings = 0, 1, 3, 4
	framePing, frameGoAway, frameWindow, frameContinue = 6, 7, 8, 9

	flagAck, flagEnd, flagHeadersEnd, flagPadded = 1, 1, 4, 8

	preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	// What may come before the window is opened again, bytes.
	window = 16 << 20
	// As indexed in HPACK's static table.
	statusOK = 0x88
)

type stream struct {
	connection *tls.Conn
	in         *bufio.Reader
	unread     int
	frame      [9]byte
	payload    []byte
}

// openStream asks, and returns when the answer has begun with a 200.
func openStream(config *tls.Config, server, path string) (*stream, error) {
	at, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	connection, err := tls.Dial("tcp", at.Host, config)
	if err != nil {
		return nil, err
	}
	s := &stream{connection: connection, in: bufio.NewReaderSize(connection, 16<<10)}
	if err := s.begin(at.Host, path); err != nil {
		connection.Close()
		return nil, err
	}
	return s, nil
}

func (s *stream) begin(host, path string) error {
	out := []byte(preface)
	// SETTINGS_INITIAL_WINDOW_SIZE, and the same for the connection; no table of headers, and no pushes.
	settings := binary.BigEndian.AppendUint32([]byte{0, 4}, window)
	settings = append(settings, 0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0)
	out = appendFrame(out, frameSettings, 0, 0, settings)
	out = appendFrame(out, frameWindow, 0, 0, binary.BigEndian.AppendUint32(nil, window))
	var headers []byte
	for _, header := range [][2]string{
		{":method", "GET"}, {":scheme", "https"}, {":authority", host}, {":path", path},
		{"accept", "application/json"}, {"user-agent", "scalebench"},
	} {
		headers = append(headers, 0)
		headers = appendText(appendText(headers, header[0]), header[1])
	}
	out = appendFrame(out, frameHeaders, flagEnd|flagHeadersEnd, 1, headers)
	if _, err := s.connection.Write(out); err != nil {
		return err
	}
	for {
		kind, payload, err := s.next()
		if err != nil {
			return err
		}
		if kind != frameHeaders {
			continue
		}
		// A change of the table's size may stand before the first header.
		for len(payload) > 0 && payload[0]&0xe0 == 0x20 {
			payload = payload[1:]
		}
		if len(payload) == 0 || payload[0] != statusOK {
			return fmt.Errorf("%s was not answered with 200", path)
		}
		return nil
	}
}

func appendFrame(out []byte, kind, flags byte, stream uint32, payload []byte) []byte {
	out = append(out, byte(len(payload)>>16), byte(len(payload)>>8), byte(len(payload)), kind, flags)
	return append(binary.BigEndian.AppendUint32(out, stream), payload...)
}

// appendText adds a text as HPACK has it, not packed.
func appendText(out []byte, text string) []byte {
	const prefix = 127
	if len(text) < prefix {
		return append(append(out, byte(len(text))), text...)
	}
	out = append(out, prefix)
	left := len(text) - prefix
	for ; left >= 128; left >>= 7 {
		out = append(out, byte(left)|0x80)
	}
	return append(append(out, byte(left)), text...)
}

// next is the next frame of headers or data; the payload is good until the next call.
func (s *stream) next() (byte, []byte, error) {
	for {
		if _, err := io.ReadFull(s.in, s.frame[:]); err != nil {
			return 0, nil, err
		}
		size := int(s.frame[0])<<16 | int(s.frame[1])<<8 | int(s.frame[2])
		if cap(s.payload) < size {
			s.payload = make([]byte, size)
		}
		payload := s.payload[:size]
		if _, err := io.ReadFull(s.in, payload); err != nil {
			return 0, nil, err
		}
		kind, flags := s.frame[3], s.frame[4]
		switch kind {
		case frameData, frameHeaders:
			if flags&flagPadded != 0 || kind == frameHeaders && flags&flagHeadersEnd == 0 {
				return 0, nil, fmt.Errorf("a frame of kind %d with flags %x", kind, flags)
			}
			if kind == frameData && flags&flagEnd != 0 && size == 0 {
				return 0, nil, io.EOF
			}
			return kind, payload, s.acknowledge(kind, size)
		case frameSettings, framePing:
			if flags&flagAck == 0 {
				if kind == frameSettings {
					payload = nil
				}
				if _, err := s.connection.Write(appendFrame(nil, kind, flagAck, 0, payload)); err != nil {
					return 0, nil, err
				}
			}
		case frameReset, frameGoAway, frameContinue:
			return 0, nil, fmt.Errorf("the server ended it with a frame of kind %d: %x", kind, payload)
		}
	}
}

// acknowledge opens the windows again when half of them is used.
func (s *stream) acknowledge(kind byte, size int) error {
	if kind != frameData {
		return nil
	}
	if s.unread += size; s.unread < window/2 {
		return nil
	}
	more := binary.BigEndian.AppendUint32(nil, uint32(s.unread))
	s.unread = 0
	_, err := s.connection.Write(appendFrame(appendFrame(nil, frameWindow, 0, 0, more), frameWindow, 0, 1, more))
	return err
}
