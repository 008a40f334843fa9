/*
 * A load generator that checks every answer: status 200 and exactly the expected body.
 *
 *   generator port=N connections=N depth=N warmUpMs=N measureMs=N request=FILE last=FILE body=FILE
 *             [perConnection=N] [rate=N] [pauseUs=N]
 *
 * Closed loop: each connection sends DEPTH copies of the request in one write, waits for all their answers, and sends
 * again. perConnection: after so many requests, the last of which is the one in `last`, the server has to close, and a
 * new connection is opened. pauseUs: a request goes out so long after its connection was opened or has had its answer,
 * as from a client that is this far away. rate: an open loop after the warm-up; requests are due at random times
 * (Poisson, always the same ones), one that finds no connection free waits, and its latency counts from when it was due.
 *
 * It stops at two quiet points, where nothing is in flight, so that the server's CPU can be read exactly:
 * it prints {"ready":true} when connections are open, have had one answer each and are warm. At each line on stdin it
 * measures and prints a result. It holds the connections until stdin ends.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
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
/* 127.0.0.1 and following: the ports of one address would all wait for their TIME_WAIT to pass. */
#define SOURCE_ADDRESSES 64

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

struct message {
  char *bytes;
  size_t length;
};

struct connection {
  int fd;
  int due;
  /* Requests sent since it was opened; the last one has been. */
  int used, is_last;
  int is_wrong;
  /* The head of an answer is complete, and so much of its body has been compared. */
  int is_in_body;
  size_t body_at;
  const struct message *output;
  size_t sent;
  size_t filled;
  char *input;
  uint64_t sent_at_ns, ready_at_ns;
};

static struct connection *connections;
static int connection_count, depth, per_connection, port, epoll, in_flight;
static uint64_t pause_ns;
/* Of the open loop; 0 in a closed one. */
static double rate, gap_ns;
static double next_due_ns;
static struct message batch, last, body;

static uint64_t answers, wrong, deadline_ns, progress_ns;
static uint32_t latencies_us[LATENCY_SLOTS];

/* Connections that wait for their time to send, in a ring with room for all. */
static struct connection **waiting;
static int waiting_from, waiting_count;

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

static void watch(struct connection *c, int operation, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  epoll_ctl(epoll, operation, c->fd, &event);
}

static void write_rest(struct connection *c) {
  int was_partial = c->sent > 0;
  ssize_t sent = write(c->fd, c->output->bytes + c->sent, c->output->length - c->sent);
  if (sent < 0 && errno != EAGAIN) fail("the server does not take what is sent");
  if (sent > 0) c->sent += (size_t)sent;
  int is_partial = c->sent < c->output->length;
  if (is_partial && !was_partial) watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  if (was_partial && !is_partial) watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

static void send_batch(struct connection *c, uint64_t at) {
  c->used++;
  c->is_last = c->used == per_connection;
  c->output = c->is_last ? &last : &batch;
  c->sent = 0;
  c->due = depth;
  c->sent_at_ns = at;
  in_flight++;
  write_rest(c);
}

static void open_connection(struct connection *c) {
  static unsigned opened;
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int one = 1;
  c->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (per_connection) {
    struct sockaddr_in source = {.sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl(INADDR_LOOPBACK + opened++ % SOURCE_ADDRESSES)};
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(c->fd, (struct sockaddr *)&source, sizeof source)) perror("generator: cannot choose an address");
  }
  if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address)) {
    perror("generator");
    fail("cannot open a connection (ulimit -n, or ports)");
  }
  fcntl(c->fd, F_SETFL, O_NONBLOCK);
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (!c->input) c->input = malloc(INPUT_BYTES);
  if (!c->input) fail("out of memory");
  c->used = 0;
  watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

static void close_connection(struct connection *c) {
  close(c->fd);
  c->fd = -1;
}

static void wait_for_turn(struct connection *c, uint64_t ready_at_ns) {
  c->ready_at_ns = ready_at_ns;
  waiting[(waiting_from + waiting_count++) % connection_count] = c;
}

/* The next request of a connection that has nothing under way. */
static void go_on(struct connection *c, uint64_t now) {
  if (now >= deadline_ns && !rate) {
    if (per_connection && c->fd >= 0) close_connection(c);
    return;
  }
  if (c->fd < 0) open_connection(c);
  if (rate || pause_ns) wait_for_turn(c, now + pause_ns);
  else send_batch(c, now);
}

/* xorshift64*: an exponential gap makes the arrivals of many independent users. */
static double random_gap_ns(void) {
  static uint64_t state = 88172645463325252ULL;
  state ^= state >> 12;
  state ^= state << 25;
  state ^= state >> 27;
  double uniform = (double)((state * 2685821657736338717ULL >> 11) + 1) / 9007199254740993.0;
  return -log(uniform) * gap_ns;
}

static void send_what_is_due(uint64_t now) {
  while (waiting_count > 0) {
    struct connection *c = waiting[waiting_from];
    uint64_t due_ns = rate ? (uint64_t)next_due_ns : c->ready_at_ns;
    if (due_ns > now || due_ns >= deadline_ns) return;
    waiting_from = (waiting_from + 1) % connection_count;
    waiting_count--;
    if (rate) next_due_ns += random_gap_ns();
    send_batch(c, rate ? due_ns : now);
  }
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
  if (length != (long)body.length) fail("an answer has no Content-Length, or not the expected one");
  memcpy(known_head, input, bytes);
  known_head_bytes = bytes;
  return bytes;
}

static void take_answers(struct connection *c, uint64_t now) {
  size_t at = 0;
  while (c->due > 0) {
    if (!c->is_in_body) {
      size_t head = head_bytes_of(c->input + at, c->filled - at);
      if (!head) break;
      at += head;
      c->is_in_body = 1;
      c->is_wrong = 0;
      c->body_at = 0;
    }
    size_t left = body.length - c->body_at, here = c->filled - at < left ? c->filled - at : left;
    if (memcmp(c->input + at, body.bytes + c->body_at, here)) c->is_wrong = 1;
    at += here;
    c->body_at += here;
    if (here < left) break;
    c->is_in_body = 0;
    wrong += (uint64_t)c->is_wrong;
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
  int has_closed = c->is_last && c->due == 0;
  if (got <= 0 && !has_closed) fail("the server closed a connection");
  uint64_t now = now_ns();
  progress_ns = now;
  if (got > 0) {
    c->filled += (size_t)got;
    take_answers(c, now);
    if (c->due > 0 || c->is_last) return;
  } else {
    close_connection(c);
  }
  in_flight--;
  go_on(c, now);
}

static void stop_waiting(void) {
  while (waiting_count > 0) {
    struct connection *c = waiting[(waiting_from + --waiting_count) % connection_count];
    if (per_connection) close_connection(c);
  }
}

/* Until the deadline has passed and nothing is in flight. */
static void run(void) {
  static struct epoll_event events[MAX_EVENTS];
  int is_paced = rate || pause_ns;
  progress_ns = now_ns();
  while (in_flight > 0 || (is_paced && now_ns() < deadline_ns)) {
    /* Paced sends do not wait for a timer, which is late by more than a request takes. */
    int ready = epoll_wait(epoll, events, MAX_EVENTS, is_paced ? 0 : STALLED_AFTER_MS);
    for (int i = 0; i < ready; i++) {
      struct connection *c = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) write_rest(c);
      if (events[i].events & ~(uint32_t)EPOLLOUT) on_readable(c);
    }
    uint64_t now = now_ns();
    if (in_flight > 0 && now - progress_ns > STALLED_AFTER_MS * 1000000ULL) fail("no answer for 5 s");
    if (is_paced) send_what_is_due(now);
    /* A server of one connection at a time serves the others only then. */
    if (!rate && now >= deadline_ns) stop_waiting();
  }
  stop_waiting();
}

static void run_for(uint64_t ms) {
  uint64_t now = now_ns();
  deadline_ns = now + ms * 1000000ULL;
  next_due_ns = (double)now;
  if (ms == 0) return;
  for (int i = 0; i < connection_count; i++) {
    /* From the start they come one after the other, not all at once. */
    if (pause_ns && !rate) {
      if (connections[i].fd < 0) open_connection(&connections[i]);
      wait_for_turn(&connections[i], now + pause_ns * (uint64_t)i / (uint64_t)connection_count);
    } else {
      go_on(&connections[i], now);
    }
  }
  run();
}

static void open_all(void) {
  deadline_ns = 0;
  for (int i = 0; i < connection_count; i++) {
    open_connection(&connections[i]);
    send_batch(&connections[i], now_ns());
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

static void measure(uint64_t ms) {
  answers = wrong = 0;
  memset(latencies_us, 0, sizeof latencies_us);
  gap_ns = rate ? 1e9 / rate : 0;
  long long cpu_before_us = cpu_us();
  uint64_t began_ns = now_ns();
  run_for(ms);
  printf("{\"requests\":%llu,\"wrong\":%llu,\"elapsedMs\":%.3f,\"p50Us\":%d,\"p99Us\":%d,\"p999Us\":%d,\"cpuUs\":%lld}\n",
         (unsigned long long)answers, (unsigned long long)wrong, (double)(now_ns() - began_ns) / 1e6,
         percentile_us(0.5), percentile_us(0.99), percentile_us(0.999), cpu_us() - cpu_before_us);
  fflush(stdout);
}

static const char *argument(int argc, char **argv, const char *name) {
  size_t bytes = strlen(name);
  for (int i = 1; i < argc; i++)
    if (!strncmp(argv[i], name, bytes) && argv[i][bytes] == '=') return argv[i] + bytes + 1;
  return "0";
}

static struct message read_message(const char *path, int copies) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("cannot read a message");
  fseek(file, 0, SEEK_END);
  size_t length = (size_t)ftell(file);
  rewind(file);
  char *bytes = malloc(length * (size_t)copies + 1);
  if (!bytes || fread(bytes, 1, length, file) != length) fail("cannot read a message");
  fclose(file);
  for (int i = 1; i < copies; i++) memcpy(bytes + (size_t)i * length, bytes, length);
  return (struct message){bytes, length * (size_t)copies};
}

int main(int argc, char **argv) {
  port = atoi(argument(argc, argv, "port"));
  connection_count = atoi(argument(argc, argv, "connections"));
  depth = atoi(argument(argc, argv, "depth"));
  per_connection = atoi(argument(argc, argv, "perConnection"));
  pause_ns = (uint64_t)atol(argument(argc, argv, "pauseUs")) * 1000;
  double asked_rate = atof(argument(argc, argv, "rate"));
  batch = read_message(argument(argc, argv, "request"), depth);
  last = read_message(argument(argc, argv, "last"), 1);
  body = read_message(argument(argc, argv, "body"), 1);
  connections = calloc((size_t)connection_count, sizeof *connections);
  waiting = calloc((size_t)connection_count, sizeof *waiting);
  if (!connections || !waiting) fail("out of memory");
  for (int i = 0; i < connection_count; i++) connections[i].fd = -1;

  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  epoll = epoll_create1(0);
  if (!per_connection) open_all();
  run_for((uint64_t)atol(argument(argc, argv, "warmUpMs")));

  char line[64];
  printf("{\"ready\":true}\n");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    rate = asked_rate;
    measure((uint64_t)atol(argument(argc, argv, "measureMs")));
  }
  return 0;
}
