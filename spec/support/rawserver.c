/* rawserver - a server on 127.0.0.1 that does exactly what a spec tells it.
 *
 *   rawserver LOG CERTIFICATE SCRIPT...
 *
 * Prints "PORT PID" and goes to the background.  The nth connection follows the
 * nth script; those beyond the last follow the last.  Each connection is served
 * by a process of its own, so that one may hang while others go on.  LOG gets a
 * line an event, written before the next step of the script:
 *
 *   open N                 a connection was accepted
 *   request N HEAD|BODY    a whole request was read, CR and LF as \r and \n
 *   gone N, end N          the client closed, or the script did
 *
 * A script is a list of steps, one a line:
 *
 *   tls [h2]      TLS with a certificate made at start and written, as PEM, to
 *                 the file CERTIFICATE; with h2, HTTP/2 is agreed on
 *   read          reads one request with its body, or ends at end of file
 *   send TEXT     sends TEXT, in which \r \n \\ and \xHH are understood
 *   loop          starts again at the first step that is not tls
 *   close, reset  ends the connection in order, or with RST
 *   stop          closes, and nothing listens any more
 *   hang          waits until the client has gone
 *   h2 N          answers N HTTP/2 streams with 201, and those that follow with
 *                 a GOAWAY that says that they were not processed
 *
 * The single script "deaf" accepts nothing, behind a backlog that is full.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
  int fd;
  int number;
  SSL *ssl; /* NULL: plain */
  char in[2 * 1024 * 1024];
  size_t filled;
};

static int log_fd;
static SSL_CTX *tls;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static void note(const char *event, int number, const char *text,
                 size_t length) {
  static char line[512 * 1024];
  int n = snprintf(line, sizeof(line), "%s %d", event, number);
  if (length)
    line[n++] = ' ';
  for (size_t i = 0; i < length && n < (int)sizeof(line) - 4; i++) {
    if (text[i] != '\r' && text[i] != '\n') {
      line[n++] = text[i] ? text[i] : '?';
      continue;
    }
    line[n++] = '\\';
    line[n++] = text[i] == '\r' ? 'r' : 'n';
  }
  line[n++] = '\n';
  if (write(log_fd, line, (size_t)n) != n)
    die("log");
}

/* ---- bytes ---- */

static void give(struct connection *c, const char *bytes, size_t length) {
  while (length) {
    ssize_t n = c->ssl ? SSL_write(c->ssl, bytes, (int)length)
                       : write(c->fd, bytes, length);
    if (n <= 0)
      _exit(0);
    bytes += n;
    length -= (size_t)n;
  }
}

/* At least `needed` bytes of input; ends the process at end of file. */
static void await(struct connection *c, size_t needed) {
  while (c->filled < needed) {
    size_t room = sizeof(c->in) - c->filled - 1;
    char *place = c->in + c->filled;
    ssize_t n =
        c->ssl ? SSL_read(c->ssl, place, (int)room) : read(c->fd, place, room);
    if (n <= 0) {
      note("gone", c->number, NULL, 0);
      _exit(0);
    }
    c->filled += (size_t)n;
    c->in[c->filled] = '\0';
  }
}

static void consume(struct connection *c, size_t length) {
  memmove(c->in, c->in + length, c->filled - length);
  c->filled -= length;
  c->in[c->filled] = '\0';
}

/* ---- steps ---- */

static void read_request(struct connection *c) {
  char *end;
  c->in[c->filled] = '\0';
  while (!(end = strstr(c->in, "\r\n\r\n")))
    await(c, c->filled + 1);
  size_t head = (size_t)(end - c->in) + 4;
  char *field = strstr(c->in, "\r\nContent-Length:");
  size_t body = field && field < end ? strtoul(field + 17, NULL, 10) : 0;
  await(c, head + body);
  note("request", c->number, c->in, head + body);
  consume(c, head + body);
}

static void send_text(struct connection *c, const char *text) {
  static char out[64 * 1024];
  size_t n = 0;
  for (; *text; text++) {
    if (*text != '\\') {
      out[n++] = *text;
      continue;
    }
    text++;
    char hex[3] = {0};
    if (*text == 'x') {
      memcpy(hex, text + 1, 2);
      text += 2;
      out[n++] = (char)strtoul(hex, NULL, 16);
    } else {
      out[n++] = *text == 'r' ? '\r' : *text == 'n' ? '\n' : *text;
    }
  }
  give(c, out, n);
}

static void end_connection(struct connection *c, bool reset) {
  struct linger now = {1, 0};
  if (reset)
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  else if (c->ssl)
    SSL_shutdown(c->ssl);
  close(c->fd);
  note("end", c->number, NULL, 0);
  _exit(0);
}

/* ---- HTTP/2, RFC 9113: just enough to answer 201 ---- */

enum { DATA, HEADERS, SETTINGS = 4, GOAWAY = 7, END_STREAM = 1, ACK = 1 };

static void send_frame(struct connection *c, int type, int flags,
                       uint32_t stream, const char *payload, size_t length) {
  unsigned char frame[9 + 64] = {0, (unsigned char)(length >> 8),
                                 (unsigned char)length, (unsigned char)type,
                                 (unsigned char)flags};
  uint32_t id = htonl(stream);
  memcpy(frame + 5, &id, 4);
  if (length)
    memcpy(frame + 9, payload, length);
  give(c, (char *)frame, 9 + length);
}

static void answer_stream(struct connection *c, uint32_t stream) {
  /* ":status" by its place in the static table, "201" as text */
  static const char head[] = "\x08\x03"
                             "201";
  char text[32];
  snprintf(text, sizeof(text), "stream %u", stream);
  note("request", c->number, text, strlen(text));
  send_frame(c, HEADERS, 4, stream, head, 5);
  send_frame(c, DATA, END_STREAM, stream, "{}", 2);
}

static void serve_h2(struct connection *c, unsigned long most) {
  uint32_t answered = 0; /* the last stream, as it is sent */
  await(c, 24);          /* the preface */
  consume(c, 24);
  send_frame(c, SETTINGS, 0, 0, NULL, 0);
  for (;;) {
    await(c, 9);
    const unsigned char *h = (unsigned char *)c->in;
    size_t length = (size_t)h[0] << 16 | (size_t)h[1] << 8 | h[2];
    int type = h[3], flags = h[4];
    uint32_t stream;
    memcpy(&stream, h + 5, 4);
    stream = ntohl(stream);
    await(c, 9 + length);
    consume(c, 9 + length);
    if (type == SETTINGS && !(flags & ACK))
      send_frame(c, SETTINGS, ACK, 0, NULL, 0);
    if (type == GOAWAY)
      return;
    if ((type != DATA && type != HEADERS) || !(flags & END_STREAM))
      continue;
    if (most) {
      most--;
      answered = htonl(stream);
      answer_stream(c, stream);
      continue;
    }
    uint32_t payload[2] = {answered, 0};
    note("refused", c->number, NULL, 0);
    send_frame(c, GOAWAY, 0, 0, (char *)payload, sizeof(payload));
  }
}

/* ---- TLS ---- */

static X509 *self_signed(EVP_PKEY *key) {
  X509 *certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24 * 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME *name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             (const unsigned char *)"rawserver", -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
  X509_EXTENSION *names =
      X509V3_EXT_conf_nid(NULL, &context, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());
  return certificate;
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *length,
                     const unsigned char *offered, unsigned int offered_length,
                     void *context) {
  unsigned char *chosen;
  (void)ssl, (void)context;
  if (SSL_select_next_proto(&chosen, length, (const unsigned char *)"\x02h2", 3,
                            offered, offered_length) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

static void make_tls(const char *path) {
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *certificate = self_signed(key);
  FILE *file = fopen(path, "w");
  if (!file || !PEM_write_X509(file, certificate) || fclose(file))
    die(path);
  tls = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(tls, certificate);
  SSL_CTX_use_PrivateKey(tls, key);
}

static void start_tls(struct connection *c, bool h2) {
  if (h2)
    SSL_CTX_set_alpn_select_cb(tls, choose_h2, NULL);
  c->ssl = SSL_new(tls);
  SSL_set_fd(c->ssl, c->fd);
  if (SSL_accept(c->ssl) != 1) {
    note("gone", c->number, NULL, 0);
    _exit(0);
  }
}

/* ---- following a script ---- */

static bool is_step(const char *line, const char *word, const char **rest) {
  size_t length = strlen(word);
  if (strncmp(line, word, length) || (line[length] && line[length] != ' '))
    return false;
  *rest = line + length + (line[length] == ' ');
  return true;
}

static void follow(struct connection *c, const char *line) {
  const char *rest;
  if (is_step(line, "tls", &rest))
    start_tls(c, is_step(rest, "h2", &rest));
  else if (is_step(line, "read", &rest))
    read_request(c);
  else if (is_step(line, "send", &rest))
    send_text(c, rest);
  else if (is_step(line, "h2", &rest))
    serve_h2(c, strtoul(rest, NULL, 10));
  else if (is_step(line, "hang", &rest))
    await(c, sizeof(c->in));
  else if (is_step(line, "stop", &rest))
    kill(getppid(), SIGKILL);
  else
    end_connection(c, is_step(line, "reset", &rest));
}

static void serve(int fd, int number, const char *script) {
  static struct connection c;
  static char line[64 * 1024];
  c.fd = fd;
  c.number = number;
  for (const char *at = script; *at;) {
    size_t length = strcspn(at, "\n");
    snprintf(line, sizeof(line), "%.*s", (int)length, at);
    at += length + (at[length] == '\n');
    if (strcmp(line, "loop")) {
      follow(&c, line);
      continue;
    }
    at = script; /* TLS stands already */
    if (!strncmp(at, "tls", 3))
      at += strcspn(at, "\n") + 1;
  }
  end_connection(&c, false);
}

/* ---- listening ---- */

static int open_port(int backlog, struct sockaddr_in *address) {
  socklen_t length = sizeof(*address);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  memset(address, 0, sizeof(*address));
  address->sin_family = AF_INET;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || bind(fd, (struct sockaddr *)address, length) ||
      listen(fd, backlog) ||
      getsockname(fd, (struct sockaddr *)address, &length))
    die("listen");
  return fd;
}

/* A backlog of 0 holds one connection; further ones are not answered. */
static void fill_backlog(const struct sockaddr_in *address) {
  for (int i = 0; i < 4; i++) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
        errno != EINPROGRESS)
      die("connect");
  }
}

static void accept_all(int port, char **scripts, int count) {
  int on = 1;
  signal(SIGCHLD, SIG_IGN); /* nobody waits for them */
  for (int number = 1;; number++) {
    int fd = accept(port, NULL, NULL);
    if (fd < 0)
      die("accept");
    note("open", number, NULL, 0);
    if (!fork()) {
      close(port);
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      serve(fd, number, scripts[number <= count ? number - 1 : count - 1]);
    }
    close(fd);
  }
}

int main(int argc, char **argv) {
  struct sockaddr_in address;
  if (argc < 4)
    return 64;
  bool deaf = !strcmp(argv[3], "deaf");
  for (int i = 3; i < argc; i++)
    if (!tls && (!strncmp(argv[i], "tls", 3) || strstr(argv[i], "\ntls")))
      make_tls(argv[2]);
  log_fd = open(argv[1], O_WRONLY | O_APPEND | O_TRUNC); /* it exists */
  if (log_fd < 0)
    die(argv[1]);
  int port = open_port(deaf ? 0 : 512, &address);
  if (deaf)
    fill_backlog(&address);
  pid_t pid = fork();
  if (pid) {
    printf("%d %d\n", ntohs(address.sin_port), (int)pid);
    return 0;
  }
  setsid();  /* the group that the spec ends */
  alarm(60); /* should it forget to */
  signal(SIGPIPE, SIG_IGN);
  fclose(stdout);
  if (deaf)
    pause();
  accept_all(port, argv + 3, argc - 3);
}
