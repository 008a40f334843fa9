/* What the servers in C have in common: the answer to GET, a socket on loopback, and the talk with the bench. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BODY_HELLO "Hello, World!"

/* A head up to and without its Content-Length's value. Returns its bytes. */
static size_t print_head(char *to, const char *type, time_t now) {
  char date[64];
  struct tm utc;
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &utc));
  return (size_t)sprintf(
      to, "HTTP/1.1 200 OK\r\nDate: %s\r\nKeep-Alive: timeout=120\r\nContent-Type: %s\r\nContent-Length: ", date,
      type);
}

/* The generator's last field: looked for in one place, so that requests without it pay nothing. */
static int asks_to_close(const char *head, const char *head_end) {
  static const char field[] = "\r\nConnection: close";
  size_t bytes = sizeof field - 1;
  return (size_t)(head_end - head) > bytes && !memcmp(head_end - bytes, field, bytes);
}

/* Listens on a free port and prints {"port":N}. */
static int listen_on_loopback(int flags) {
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t address_bytes = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM | flags, 0);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 511)) {
    perror("cannot listen on loopback");
    exit(1);
  }
  getsockname(listener, (struct sockaddr *)&address, &address_bytes);
  printf("{\"port\":%d}\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

/* A line on stdin asks for usage: {"cpuUs":N,"rssBytes":N,"peakRssBytes":N}. End of stdin ends the process. */
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
