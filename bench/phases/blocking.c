/*
 * A blocking server that serves one connection at a time, as this project's first versions did: accept, read, answer,
 * and either close, or go on with the same connection until its client closes it. The same scan and the same answer as
 * the C loop's, so that nothing but the way of waiting differs.
 *
 *   blocking close | keep-alive
 */
#include "../wire/c-loop/server.h"
#include <pthread.h>

#define WINDOW_BYTES 65536

static char window[WINDOW_BYTES], answer[1024];
static size_t answer_bytes;
static time_t dated;

static void refresh_date(void) {
  time_t now = time(NULL);
  if (now == dated) return;
  dated = now;
  answer_bytes = print_head(answer, "text/plain", now);
  answer_bytes += (size_t)sprintf(answer + answer_bytes, "%zu\r\n\r\n%s", strlen(BODY_HELLO), BODY_HELLO);
}

/* One request at a time: nothing is pipelined here. Returns whether the connection goes on. */
static int serve_request(int fd) {
  size_t filled = 0;
  char *head_end = NULL;
  while (!head_end) {
    ssize_t got = read(fd, window + filled, WINDOW_BYTES - filled);
    if (got <= 0) return 0;
    filled += (size_t)got;
    head_end = memmem(window, filled, "\r\n\r\n", 4);
  }
  refresh_date();
  return write(fd, answer, answer_bytes) == (ssize_t)answer_bytes && !asks_to_close(window, head_end);
}

static void *talk(void *nothing) {
  for (;;) report_usage();
  return nothing;
}

int main(int argc, char **argv) {
  int keeps_alive = argc > 1 && !strcmp(argv[1], "keep-alive"), one = 1;
  int listener = listen_on_loopback(0);
  pthread_t talker;
  if (pthread_create(&talker, NULL, talk, NULL)) return 1;
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) continue;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while (serve_request(fd) && keeps_alive) continue;
    close(fd);
  }
}
