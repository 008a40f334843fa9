/*
 * The yardstick: the least an HTTP server on one thread can do per request.
 *
 * epoll, non-blocking accept, one read, scan for the ends of heads, one write per read. It answers any GET with
 * the same fields a real server sends, and a POST with its own body or its size. It is NOT a server: no field is
 * validated, there is no timeout and no limit, Content-Length is matched in one spelling, and a short write of
 * anything but the large answer ends the connection. What it costs is what the kernel costs.
 */
#include "server.h"
#include <sys/epoll.h>

#define MAX_FDS 20000
#define MAX_CARRY 4096
#define WINDOW_BYTES 65536
#define MAX_EVENTS 512
#define LARGE_BYTES (1 << 20)

static char window[MAX_CARRY + WINDOW_BYTES];
static char output[1 << 20];
/* Untouched pages cost nothing: only a connection whose request was split across reads owns memory. */
static char carries[MAX_FDS][MAX_CARRY];
static int carried[MAX_FDS];
/* Of the upload under way: bytes that are still to come, and all of them. */
static size_t uploading[MAX_FDS], uploaded[MAX_FDS];
/* Bytes of the large answer that the socket has not taken yet. */
static size_t sending[MAX_FDS];
static int closing[MAX_FDS];

static char hello_answer[1024], json_answer[1024], large_answer[1024 + LARGE_BYTES], post_prefix[512];
static size_t hello_bytes, json_bytes, large_bytes, post_prefix_bytes;
static time_t dated;
static int epoll;

static char *put(char *to, const char *from, size_t bytes) {
  memcpy(to, from, bytes);
  return to + bytes;
}

static size_t print_answer(char *to, const char *type, const char *body) {
  size_t bytes = print_head(to, type, dated);
  return bytes + (size_t)sprintf(to + bytes, "%zu\r\n\r\n%s", strlen(body), body);
}

static void refresh_date(void) {
  time_t now = time(NULL);
  if (now == dated) return;
  dated = now;
  post_prefix_bytes = print_head(post_prefix, "text/plain", now);
  hello_bytes = print_answer(hello_answer, "text/plain", BODY_HELLO);
  json_bytes = print_answer(json_answer, "application/json", "{\"message\":\"" BODY_HELLO "\"}");
  /* As long as before, so that an answer under way goes on where it was. */
  large_bytes = print_head(large_answer, "application/octet-stream", now);
  large_bytes += (size_t)sprintf(large_answer + large_bytes, "%d\r\n\r\n", LARGE_BYTES);
  memset(large_answer + large_bytes, 'x', LARGE_BYTES);
  large_bytes += LARGE_BYTES;
}

static char *put_upload_answer(char *out, int fd) {
  char count[24];
  int digits = sprintf(count, "%zu", uploaded[fd]);
  out = put(out, post_prefix, post_prefix_bytes);
  return out + sprintf(out, "%d\r\n\r\n%s", digits, count);
}

/* Answers every complete request in [from, end). Returns the first byte of what is incomplete. */
static char *answer_all(int fd, char *from, char *end, char **out) {
  for (;;) {
    if (uploading[fd]) {
      size_t here = (size_t)(end - from) < uploading[fd] ? (size_t)(end - from) : uploading[fd];
      from += here;
      if ((uploading[fd] -= here)) return from;
      *out = put_upload_answer(*out, fd);
    }
    char *head_end = memmem(from, (size_t)(end - from), "\r\n\r\n", 4);
    if (!head_end) return from;
    char *next = head_end + 4;
    if (asks_to_close(from, head_end)) closing[fd] = 1;
    if (*from == 'P') {
      char *field = memmem(from, (size_t)(head_end - from), "Content-Length: ", 16);
      size_t body_bytes = field ? (size_t)atol(field + 16) : 0;
      if (from[6] == 'u') {
        uploading[fd] = uploaded[fd] = body_bytes;
        from = next;
        continue;
      }
      if ((size_t)(end - next) < body_bytes) return from;
      *out = put(*out, post_prefix, post_prefix_bytes);
      *out += sprintf(*out, "%zu\r\n\r\n", body_bytes);
      *out = put(*out, next, body_bytes);
      next += body_bytes;
    } else if (from[5] == 'j') {
      *out = put(*out, json_answer, json_bytes);
    } else if (from[5] == 'l') {
      sending[fd] = large_bytes;
    } else {
      *out = put(*out, hello_answer, hello_bytes);
    }
    from = next;
  }
}

static void drop(int fd) {
  carried[fd] = closing[fd] = 0;
  uploading[fd] = sending[fd] = 0;
  close(fd);
}

static void watch(int fd, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = fd};
  epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
}

static void send_large(int fd) {
  ssize_t sent = write(fd, large_answer + large_bytes - sending[fd], sending[fd]);
  if (sent < 0 && errno != EAGAIN) return drop(fd);
  if (sent > 0) sending[fd] -= (size_t)sent;
  watch(fd, sending[fd] ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void serve(int fd) {
  char *start = window + MAX_CARRY - carried[fd];
  if (carried[fd]) memcpy(start, carries[fd], (size_t)carried[fd]);
  ssize_t got = read(fd, window + MAX_CARRY, WINDOW_BYTES);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return drop(fd);
  char *end = window + MAX_CARRY + got;
  char *out = output;
  char *rest = answer_all(fd, start, end, &out);
  if (end - rest > MAX_CARRY) return drop(fd);
  carried[fd] = (int)(end - rest);
  if (carried[fd]) memcpy(carries[fd], rest, (size_t)carried[fd]);
  if (out > output && write(fd, output, (size_t)(out - output)) != out - output) return drop(fd);
  if (sending[fd]) send_large(fd);
  else if (closing[fd]) drop(fd);
}

static void accept_all(int listener) {
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

int main(void) {
  int listener = listen_on_loopback(SOCK_NONBLOCK);
  epoll = epoll_create1(0);
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
      if (fd == listener) accept_all(listener);
      else if (fd == STDIN_FILENO) report_usage();
      else if (sending[fd]) send_large(fd);
      else serve(fd);
    }
  }
}
