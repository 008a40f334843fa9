/*
 * A closed-loop load generator that checks every answer: status 200 and exactly the expected body.
 *
 *   generator PORT CONNECTIONS DEPTH WARM_UP_MS MEASURE_MS REQUEST EXPECTED_BODY
 *
 * Each connection sends DEPTH copies of REQUEST in one write, waits for all their answers, and sends again.
 * It stops at two quiet points, where nothing is in flight, so that the server's CPU can be read exactly:
 * it prints {"ready":true} when connections are open, have had one answer each and are warm, and waits for a
 * line on stdin; it measures, prints its result, and holds the connections until stdin ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define INPUT_BYTES 65536
#define MAX_HEAD_BYTES 2048
#define MAX_EVENTS 1024
#define STALLED_AFTER_MS 5000
#define LATENCY_SLOTS 1000000
/* Below every listen backlog in common use: a fuller queue would drop SYNs, and a retry takes a second. */
#define CONNECT_AT_ONCE 100

struct connection {
  int fd;
  int due;
  size_t filled;
  char *input;
  uint64_t sent_at_ns;
};

static struct connection *connections;
static int connection_count, depth, epoll, in_flight;
static char *batch;
static size_t batch_bytes;
static const char *body;
static size_t body_bytes;

static uint64_t answers, wrong, deadline_ns;
static uint32_t latencies_us[LATENCY_SLOTS];

/* The head of the last good answer: the next one is nearly always the same bytes, and then needs no parsing. */
static char known_head[MAX_HEAD_BYTES];
static size_t known_head_bytes;

static void fail(const char *why) {
  fprintf(stderr, "generator: %s\n", why);
  exit(2);
}

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000ULL + (uint64_t)time.tv_nsec;
}

static void send_batch(struct connection *c, uint64_t now) {
  if (write(c->fd, batch, batch_bytes) != (ssize_t)batch_bytes) fail("the server does not take a whole batch");
  c->due = depth;
  c->sent_at_ns = now;
  in_flight++;
}

/* Bytes of the head when it is a 200 with the expected length, 0 when incomplete. Anything else ends the run. */
static size_t head_bytes_of(const char *input, size_t filled) {
  if (known_head_bytes && filled >= known_head_bytes && !memcmp(input, known_head, known_head_bytes))
    return known_head_bytes;
  const char *end = memmem(input, filled, "\r\n\r\n", 4);
  if (!end) return 0;
  size_t bytes = (size_t)(end - input) + 4;
  if (bytes > MAX_HEAD_BYTES) fail("an answer's head is larger than 2 KiB");
  if (bytes < 16 || memcmp(input, "HTTP/1.1 200", 12)) {
    fprintf(stderr, "%.*s\n", (int)bytes, input);
    fail("an answer is not 200");
  }
  long length = -1;
  for (const char *line = input; line < end; line = (const char *)memmem(line, (size_t)(end + 2 - line), "\r\n", 2) + 2)
    if (!strncasecmp(line, "content-length:", 15)) length = atol(line + 15);
  if (length != (long)body_bytes) fail("an answer has no Content-Length, or not the expected one");
  memcpy(known_head, input, bytes);
  known_head_bytes = bytes;
  return bytes;
}

static void take_answers(struct connection *c, uint64_t now) {
  size_t at = 0;
  while (c->due > 0) {
    size_t head = head_bytes_of(c->input + at, c->filled - at);
    if (!head || c->filled - at < head + body_bytes) break;
    if (memcmp(c->input + at + head, body, body_bytes)) wrong++;
    at += head + body_bytes;
    answers++;
    c->due--;
    uint64_t us = (now - c->sent_at_ns) / 1000;
    latencies_us[us < LATENCY_SLOTS ? us : LATENCY_SLOTS - 1]++;
  }
  c->filled -= at;
  if (c->due == 0 && c->filled) fail("the server sent more than it was asked for");
  if (c->filled) memmove(c->input, c->input + at, c->filled);
}

static void on_readable(struct connection *c) {
  ssize_t got = read(c->fd, c->input + c->filled, INPUT_BYTES - c->filled);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) fail("the server closed a connection");
  c->filled += (size_t)got;
  uint64_t now = now_ns();
  take_answers(c, now);
  if (c->due > 0) return;
  in_flight--;
  if (now < deadline_ns) send_batch(c, now);
}

/* Until the deadline has passed and nothing is in flight. */
static void run(void) {
  static struct epoll_event events[MAX_EVENTS];
  while (in_flight > 0) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, STALLED_AFTER_MS);
    if (ready == 0) fail("no answer for 5 s");
    for (int i = 0; i < ready; i++) on_readable(events[i].data.ptr);
  }
}

static void run_for(uint64_t ms) {
  uint64_t now = now_ns();
  deadline_ns = now + ms * 1000000ULL;
  if (ms > 0)
    for (int i = 0; i < connection_count; i++) send_batch(&connections[i], now);
  run();
}

static void open_connection(struct connection *c, int port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address)) {
    perror("generator");
    fail("cannot open a connection (ulimit -n, or ports)");
  }
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  c->input = malloc(INPUT_BYTES);
  if (!c->input) fail("out of memory");
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
  send_batch(c, now_ns());
}

static void open_all(int port) {
  for (int i = 0; i < connection_count; i++) {
    open_connection(&connections[i], port);
    if ((i + 1) % CONNECT_AT_ONCE == 0) run();
  }
  run();
}

static int percentile_us(double share) {
  uint64_t rank = (uint64_t)(share * (double)answers), seen = 0;
  for (int us = 0; us < LATENCY_SLOTS; us++)
    if ((seen += latencies_us[us]) > rank) return us;
  return LATENCY_SLOTS;
}

static long long cpu_us(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

int main(int argc, char **argv) {
  if (argc != 8) fail("usage: generator PORT CONNECTIONS DEPTH WARM_UP_MS MEASURE_MS REQUEST EXPECTED_BODY");
  connection_count = atoi(argv[2]);
  depth = atoi(argv[3]);
  size_t request_bytes = strlen(argv[6]);
  batch_bytes = request_bytes * (size_t)depth;
  body = argv[7];
  body_bytes = strlen(body);
  batch = malloc(batch_bytes);
  connections = calloc((size_t)connection_count, sizeof *connections);
  if (!batch || !connections) fail("out of memory");
  for (int i = 0; i < depth; i++) memcpy(batch + (size_t)i * request_bytes, argv[6], request_bytes);

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  epoll = epoll_create1(0);
  open_all(atoi(argv[1]));
  run_for((uint64_t)atol(argv[4]));

  char line[64];
  printf("{\"ready\":true}\n");
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin)) return 0;

  answers = 0;
  memset(latencies_us, 0, sizeof latencies_us);
  long long cpu_before_us = cpu_us();
  uint64_t began_ns = now_ns();
  run_for((uint64_t)atol(argv[5]));
  printf("{\"requests\":%llu,\"wrong\":%llu,\"elapsedMs\":%.3f,\"p50Us\":%d,\"p99Us\":%d,\"cpuUs\":%lld}\n",
         (unsigned long long)answers, (unsigned long long)wrong, (double)(now_ns() - began_ns) / 1e6,
         percentile_us(0.5), percentile_us(0.99), cpu_us() - cpu_before_us);
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) continue;
  return 0;
}
