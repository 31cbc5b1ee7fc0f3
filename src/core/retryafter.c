#include "retryafter.h"

#include <stddef.h>
#include <string.h>

struct moment {
  int year;
  int month; /* 1 to 12 */
  int day;
  int hour;
  int minute;
  int second;
};

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar, years counted from
 * March so that the leap day comes last. */
static int64_t days_from_epoch(int year, int month, int day) {
  int64_t y = year - (month <= 2);
  int64_t era = y / 400;
  int64_t year_of_era = y - era * 400;
  int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

/* A leap second (60) is taken as the second after. */
static bool to_ms(const struct moment *m, int64_t *out_ms) {
  static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (m->year < 1970 || m->year > 9999 || m->month < 1 || m->month > 12 ||
      m->day < 1 || m->day > days[m->month - 1] || m->hour < 0 ||
      m->hour > 23 || m->minute < 0 || m->minute > 59 || m->second < 0 ||
      m->second > 60)
    return false;
  int64_t day = days_from_epoch(m->year, m->month, m->day);
  *out_ms = (((day * 24 + m->hour) * 60 + m->minute) * 60 + m->second) * 1000;
  return true;
}

static bool read_month(const char **text, int *month) {
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (int i = 0; i < 12; i++) {
    if (strncmp(*text, names + 3 * i, 3) == 0) {
      *month = i + 1;
      *text += 3;
      return true;
    }
  }
  return false;
}

static bool read_number(const char **text, int digits, int *out) {
  int value = 0;
  for (int i = 0; i < digits; i++, ++*text) {
    if (!is_digit(**text))
      return false;
    value = value * 10 + (**text - '0');
  }
  *out = value;
  return true;
}

static bool read_field(const char **text, char field, struct moment *m) {
  bool has_year;
  switch (field) {
  case 'a': /* the name of the day says nothing new */
    while (**text >= 'A' && **text <= 'z')
      ++*text;
    return true;
  case 'b':
    return read_month(text, &m->month);
  case 'Y':
    return read_number(text, 4, &m->year);
  case 'y': /* the instants read here are near the present */
    has_year = read_number(text, 2, &m->year);
    m->year += m->year < 70 ? 2000 : 1900;
    return has_year;
  case 'm':
    return read_number(text, 2, &m->month);
  case 'd': /* asctime() writes one digit after a blank */
    if (**text == ' ') {
      ++*text;
      return read_number(text, 1, &m->day);
    }
    return read_number(text, 2, &m->day);
  case 'H':
    return read_number(text, 2, &m->hour);
  case 'M':
    return read_number(text, 2, &m->minute);
  default:
    return read_number(text, 2, &m->second);
  }
}

/* Reads `*text` by a pattern in the manner of strptime(), which would follow
 * the locale, and moves it behind what was read. */
static bool read_moment(const char **text, const char *pattern,
                        struct moment *m) {
  for (const char *p = pattern; *p; p++) {
    if (*p == '%') {
      if (!read_field(text, *++p, m))
        return false;
    } else if (**text == *p) {
      ++*text;
    } else {
      return false;
    }
  }
  return true;
}

static bool parse_http(const char *text, int64_t *out_ms) {
  static const char *const patterns[] = {"%a, %d %b %Y %H:%M:%S GMT",
                                         "%a, %d-%b-%y %H:%M:%S GMT",
                                         "%a %b %d %H:%M:%S %Y"};
  for (int i = 0; i < 3; i++) {
    struct moment m = {0};
    const char *rest = text;
    if (read_moment(&rest, patterns[i], &m) && !*rest)
      return to_ms(&m, out_ms);
  }
  return false;
}

/* Reads `.digits`, rounded up to milliseconds.  Returns what follows. */
static const char *parse_fraction(const char *text, int64_t *ms) {
  int64_t unit = 100;
  bool rest = false;
  *ms = 0;
  if (*text != '.' || !is_digit(text[1]))
    return text;
  for (text++; is_digit(*text); text++) {
    *ms += unit * (*text - '0');
    rest = rest || (!unit && *text != '0');
    unit /= 10;
  }
  *ms += rest;
  return text;
}

/* Reads `Z`, `+01:00` or `-01:00` to the end of `text`. */
static bool read_zone(const char *text, int64_t *out_ms) {
  int hours;
  int minutes;
  char sign = *text;
  *out_ms = 0;
  if (strcmp(text, "Z") == 0)
    return true;
  if ((sign != '+' && sign != '-') || strlen(text) != strlen("+01:00"))
    return false;
  text++;
  if (!read_number(&text, 2, &hours) || *text++ != ':' ||
      !read_number(&text, 2, &minutes))
    return false;
  int64_t offset_ms = (int64_t)(hours * 60 + minutes) * 60000;
  *out_ms = sign == '+' ? offset_ms : -offset_ms;
  return true;
}

static bool parse_iso(const char *text, int64_t *out_ms) {
  struct moment m = {0};
  int64_t ms;
  int64_t fraction_ms;
  int64_t zone_ms;
  if (!read_moment(&text, "%Y-%m-%dT%H:%M:%S", &m) || !to_ms(&m, &ms))
    return false;
  text = parse_fraction(text, &fraction_ms);
  if (!read_zone(text, &zone_ms))
    return false;
  *out_ms = ms + fraction_ms - zone_ms;
  return true;
}

bool instant_parse(const char *text, int64_t *out_ms) {
  return is_digit(*text) ? parse_iso(text, out_ms) : parse_http(text, out_ms);
}

/* `12`, and `0.5` as some gateways write.  A number too large to hold is as
 * good as the most that is waited for. */
static bool parse_seconds(const char *text, int64_t *out_ms) {
  int64_t ms = 0;
  int64_t fraction_ms;
  if (!is_digit(*text))
    return false;
  for (; is_digit(*text); text++)
    if (ms <= RETRY_AFTER_MOST_MS)
      ms = ms * 10 + (*text - '0') * 1000;
  text = parse_fraction(text, &fraction_ms);
  *out_ms = ms + fraction_ms;
  return !*text;
}

int64_t retry_after_ms(const char *retry_after, const char *date,
                       int64_t now_ms) {
  int64_t wait_ms;
  if (!retry_after)
    return -1;
  if (!parse_seconds(retry_after, &wait_ms)) {
    int64_t until_ms;
    int64_t from_ms;
    if (!instant_parse(retry_after, &until_ms))
      return -1;
    if (!date || !instant_parse(date, &from_ms))
      from_ms = now_ms;
    wait_ms = until_ms - from_ms;
  }
  if (wait_ms < 0)
    return 0;
  return wait_ms > RETRY_AFTER_MOST_MS ? RETRY_AFTER_MOST_MS : wait_ms;
}
