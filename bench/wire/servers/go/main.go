// net/http with its defaults, except that idle connections stay for two minutes.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const hello = "Hello, World!"

var large = []byte(strings.Repeat("x", 1<<20))

func answer(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		answer(w, "text/plain", []byte(hello))
	case "/json":
		body, _ := json.Marshal(map[string]string{"message": hello})
		answer(w, "application/json", body)
	case "/large":
		answer(w, "application/octet-stream", large)
	case "/upload":
		bytes, _ := io.Copy(io.Discard, r.Body)
		answer(w, "text/plain", []byte(strconv.FormatInt(bytes, 10)))
	default:
		body, _ := io.ReadAll(r.Body)
		answer(w, "text/plain", body)
	}
}

// The value of a line of /proc/self/status, in bytes.
func statusBytes(name string) int64 {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name+":" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			return kib * 1024
		}
	}
	return 0
}

func main() {
	var files syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files)
	files.Cur = files.Max
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files)
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go (&http.Server{Handler: http.HandlerFunc(serve), IdleTimeout: 2 * time.Minute}).Serve(listener)
	fmt.Printf("{\"port\":%d}\n", listener.Addr().(*net.TCPAddr).Port)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		if lines.Text() == "gc" {
			debug.FreeOSMemory()
		}
		var usage syscall.Rusage
		syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
		cpuUs := (usage.Utime.Nano() + usage.Stime.Nano()) / 1000
		fmt.Printf("{\"cpuUs\":%d,\"rssBytes\":%d,\"peakRssBytes\":%d}\n", cpuUs, statusBytes("VmRSS"), statusBytes("VmHWM"))
	}
}
