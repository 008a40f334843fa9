/*
 * The yardstick: the least an HTTP server on one thread can do per request.
 *
 * epoll, non-blocking accept, one read, scan for the ends of heads, one write per read. It answers any GET with
 * the same fields a real server sends, and a POST with its own body. It is NOT a server: no field is validated,
 * there is no timeout and no limit, Content-Length is matched in one spelling, and a short write ends the
 * connection. What it costs is what the kernel costs.
 *
 * Prints {"port":N}. A line on stdin asks for usage: {"cpuUs":N,"rssBytes":N,"peakRssBytes":N}. End of stdin ends it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_FDS 20000
#define MAX_CARRY 4096
#define WINDOW_BYTES 65536
#define MAX_EVENTS 512

static char window[MAX_CARRY + WINDOW_BYTES];
static char output[1 << 20];
/* Untouched pages cost nothing: only a connection whose request was split across reads owns memory. */
static char carries[MAX_FDS][MAX_CARRY];
static int carried[MAX_FDS];

static char get_answer[1024];
static size_t get_answer_bytes;
static char post_prefix[512];
static size_t post_prefix_bytes;
static time_t dated;

static void refresh_date(void) {
  time_t now = time(NULL);
  if (now == dated) return;
  dated = now;
  char date[64];
  struct tm utc;
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
  post_prefix_bytes = (size_t)sprintf(
      post_prefix,
      "HTTP/1.1 200 OK\r\nDate: %s\r\nKeep-Alive: timeout=120\r\nContent-Type: text/plain\r\nContent-Length: ", date);
  get_answer_bytes = (size_t)sprintf(get_answer, "%s13\r\n\r\nHello, World!", post_prefix);
}

static char *put(char *to, const char *from, size_t bytes) {
  memcpy(to, from, bytes);
  return to + bytes;
}

/* Answers every complete request in [from, end). Returns the first byte of what is incomplete. */
static char *answer_all(char *from, char *end, char **out) {
  for (;;) {
    char *head_end = memmem(from, (size_t)(end - from), "\r\n\r\n", 4);
    if (!head_end) return from;
    char *next = head_end + 4;
    if (*from == 'P') {
      char *field = memmem(from, (size_t)(head_end - from), "Content-Length: ", 16);
      size_t body_bytes = field ? (size_t)atol(field + 16) : 0;
      if ((size_t)(end - next) < body_bytes) return from;
      *out = put(*out, post_prefix, post_prefix_bytes);
      *out += sprintf(*out, "%zu\r\n\r\n", body_bytes);
      *out = put(*out, next, body_bytes);
      next += body_bytes;
    } else {
      *out = put(*out, get_answer, get_answer_bytes);
    }
    from = next;
  }
}

static void drop(int fd) {
  carried[fd] = 0;
  close(fd);
}

static void serve(int fd) {
  char *start = window + MAX_CARRY - carried[fd];
  if (carried[fd]) memcpy(start, carries[fd], (size_t)carried[fd]);
  ssize_t got = read(fd, window + MAX_CARRY, WINDOW_BYTES);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(fd);
  char *end = window + MAX_CARRY + got;
  char *out = output;
  char *rest = answer_all(start, end, &out);
  if (end - rest > MAX_CARRY) return drop(fd);
  carried[fd] = (int)(end - rest);
  if (carried[fd]) memcpy(carries[fd], rest, (size_t)carried[fd]);
  if (out > output && write(fd, output, (size_t)(out - output)) != out - output) drop(fd);
}

static void accept_all(int listener, int epoll) {
  int fd, one = 1;
  while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    if (fd >= MAX_FDS) {
      close(fd);
      continue;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

static void report_usage(void) {
  char line[256];
  if (read(STDIN_FILENO, line, sizeof line) <= 0) exit(0);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  long long cpu_us = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000LL + usage.ru_utime.tv_usec +
                     usage.ru_stime.tv_usec;
  long pages = 0;
  FILE *statm = fopen("/proc/self/statm", "r");
  if (statm && fscanf(statm, "%*d %ld", &pages) != 1) pages = 0;
  if (statm) fclose(statm);
  printf("{\"cpuUs\":%lld,\"rssBytes\":%ld,\"peakRssBytes\":%ld}\n", cpu_us, pages * sysconf(_SC_PAGESIZE),
         usage.ru_maxrss * 1024);
  fflush(stdout);
}

int main(void) {
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t address_bytes = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 511)) {
    perror("c-loop: cannot listen on loopback");
    return 1;
  }
  getsockname(listener, (struct sockaddr *)&address, &address_bytes);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);

  int epoll = epoll_create1(0);
  struct epoll_event on_listener = {.events = EPOLLIN, .data.fd = listener};
  struct epoll_event on_stdin = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &on_listener);
  epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &on_stdin);

  static struct epoll_event events[MAX_EVENTS];
  for (;;) {
    int ready = epoll_wait(epoll, events, MAX_EVENTS, -1);
    refresh_date();
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) accept_all(listener, epoll);
      else if (fd == STDIN_FILENO) report_usage();
      else serve(fd);
    }
  }
}
