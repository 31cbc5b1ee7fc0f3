/* bare - the yardstick: what a bare libcurl multi loop costs.
 *
 *   bare URL COUNT CONCURRENCY BODY TOKEN
 *
 * Sends COUNT POSTs with an Authorization header, CONCURRENCY at a time; BODY
 * and TOKEN are a number of bytes to make up, or @FILE: easy handles that are
 * set up once and used again, no more options than that needs, answers thrown
 * away.  Prints one JSON line; CPU is user and system time of this process,
 * from the first request on. */
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static void die(const char *what) {
  fprintf(stderr, "bare: %s\n", what);
  exit(1);
}

static double wall_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double cpu_s(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static size_t ignore(char *piece, size_t size, size_t count, void *context) {
  (void)piece, (void)context;
  return size * count;
}

static char *letters(const char *before, size_t count) {
  size_t length = strlen(before);
  char *text = malloc(length + count + 1);
  if (!text)
    die("out of memory");
  memcpy(text, before, length);
  memset(text + length, 'x', count);
  text[length + count] = '\0';
  return text;
}

/* `prefix` and the text that an argument asks for. */
static char *text_of(const char *prefix, const char *argument) {
  if (*argument != '@')
    return letters(prefix, strtoul(argument, NULL, 10));
  static const size_t most = 1 << 20;
  char *text = malloc(most);
  FILE *file = fopen(argument + 1, "rb");
  if (!text || !file)
    die("cannot read a file");
  size_t used = strlen(prefix);
  memcpy(text, prefix, used);
  used += fread(text + used, 1, most - 1 - used, file);
  text[used] = '\0';
  fclose(file);
  return text;
}

static CURL *new_handle(const char *url, struct curl_slist *headers,
                        const char *body) {
  CURL *easy = curl_easy_init();
  if (!easy)
    die("out of memory");
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  return easy;
}

/* Gives each finished handle the next request; returns how many finished. */
static long take_finished(CURLM *multi, long *unsent) {
  long finished = 0;
  int left;
  for (CURLMsg *m; (m = curl_multi_info_read(multi, &left)); finished++) {
    CURL *easy = m->easy_handle;
    if (m->data.result != CURLE_OK)
      die(curl_easy_strerror(m->data.result));
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299)
      die("the answer is not a success");
    curl_multi_remove_handle(multi, easy);
    if (*unsent > 0) {
      curl_multi_add_handle(multi, easy);
      (*unsent)--;
    } else {
      curl_easy_cleanup(easy);
    }
  }
  return finished;
}

static void carry(CURLM *multi, long unsent, long unfinished) {
  while (unfinished > 0) {
    int running;
    if (curl_multi_perform(multi, &running))
      die("curl_multi_perform");
    unfinished -= take_finished(multi, &unsent);
    if (unfinished > 0 && curl_multi_poll(multi, NULL, 0, 1000, NULL))
      die("curl_multi_poll");
  }
}

int main(int argc, char **argv) {
  if (argc != 6)
    die("expected URL COUNT CONCURRENCY BODY_BYTES TOKEN_BYTES");
  long count = strtol(argv[2], NULL, 10);
  long concurrency = strtol(argv[3], NULL, 10);
  char *body = text_of("", argv[4]);
  char *token = text_of("Authorization: Bearer ", argv[5]);
  if (concurrency > count)
    concurrency = count;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM *multi = curl_multi_init();
  struct curl_slist *headers =
      curl_slist_append(NULL, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  headers = curl_slist_append(headers, token);
  double wall = wall_s(), cpu = cpu_s();
  for (long i = 0; i < concurrency; i++)
    curl_multi_add_handle(multi, new_handle(argv[1], headers, body));
  carry(multi, count - concurrency, count);
  wall = wall_s() - wall;
  cpu = cpu_s() - cpu;
  printf("{\"requests\":%ld,\"seconds\":%.3f,\"cpu_us_per_request\":%.2f,"
         "\"rps\":%.0f}\n",
         count, wall, cpu * 1e6 / (double)count, (double)count / wall);
  curl_multi_cleanup(multi);
  curl_slist_free_all(headers);
  curl_global_cleanup();
  free(body);
  free(token);
  return 0;
}
