#include "icon.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 4, FINE = 4 /* samples a side of each pixel */ };

static const char *const texts[] = {
#define X(name, text) text,
    ICON_STATUS_MAP(X)
#undef X
};

static const char *const names[] = {
#define X(name, text) #name,
    ICON_STATUS_MAP(X)
#undef X
};

const char *icon_strerror(enum icon_status status) {
  return texts[status];
}

const char *icon_errname(enum icon_status status) {
  return names[status];
}

/* Whether a place lies outside the middle half of each side. */
static bool is_margin(const struct icon_facts *facts, unsigned x, unsigned y) {
  return x < facts->width / 4 || x >= facts->width - facts->width / 4 ||
         y < facts->height / 4 || y >= facts->height - facts->height / 4;
}

/* Nobody sees the colour of what is not there. */
static bool looks_equal(const png_byte *a, const png_byte *b) {
  return memcmp(a, b, CHANNELS) == 0 || (a[3] == 0 && b[3] == 0);
}

static void look_at_pixel(struct icon_facts *facts, const png_byte *pixel,
                          const png_byte *corner, bool in_margin) {
  if (pixel[3] < 255)
    facts->is_transparent = true;
  if (pixel[3] > 0) {
    facts->is_visible = true;
    if (pixel[0] != 255 || pixel[1] != 255 || pixel[2] != 255)
      facts->is_white = false;
  }
  if (in_margin && !looks_equal(pixel, corner))
    facts->is_framed = false;
}

static void look(struct icon_facts *facts, const png_byte *pixels) {
  const png_byte *pixel = pixels;
  facts->is_white = facts->is_framed = true;
  for (unsigned y = 0; y < facts->height; y++) {
    for (unsigned x = 0; x < facts->width; x++, pixel += CHANNELS)
      look_at_pixel(facts, pixel, pixels, is_margin(facts, x, y));
  }
}

enum icon_status icon_inspect(const char *bytes, size_t length,
                              struct icon_facts *out) {
  enum icon_status status = ICON_NOT_PNG;
  png_bytep pixels = NULL;
  png_image image = {.version = PNG_IMAGE_VERSION};
  if (length > ICON_BYTES_MAX)
    return ICON_TOO_LARGE;
  if (!png_image_begin_read_from_memory(&image, bytes, length))
    goto done;
  status = ICON_TOO_LARGE;
  if (image.width > ICON_SIDE_MAX || image.height > ICON_SIDE_MAX)
    goto done;
  status = ICON_NOMEM;
  image.format = PNG_FORMAT_RGBA;
  pixels = malloc(PNG_IMAGE_SIZE(image));
  if (!pixels)
    goto done;
  status = ICON_NOT_PNG;
  if (!png_image_finish_read(&image, NULL, pixels, 0, NULL))
    goto done;
  *out = (struct icon_facts){.width = image.width, .height = image.height};
  look(out, pixels);
  status = ICON_OK;
done:
  free(pixels);
  png_image_free(&image);
  return status;
}

/* A rectangle with round corners, from (left, top) to (right, bottom). */
static bool in_round(double x, double y, const double box[4], double radius) {
  if (x < box[0] || y < box[1] || x > box[2] || y > box[3])
    return false;
  double dx = x < box[0] + radius   ? box[0] + radius - x
              : x > box[2] - radius ? x - box[2] + radius
                                    : 0;
  double dy = y < box[1] + radius   ? box[1] + radius - y
              : y > box[3] - radius ? y - box[3] + radius
                                    : 0;
  return dx * dx + dy * dy <= radius * radius;
}

/* The speech bubble, in the square from (0, 0) to (1, 1): whole, with two lines
 * of text cut out, or as a line around them. */
static bool in_bubble(double x, double y, bool is_outline) {
  static const double body[4] = {0.03, 0.10, 0.97, 0.73};
  static const double inside[4] = {0.11, 0.18, 0.89, 0.65};
  bool is_text = x >= 0.25 && x <= 0.75 &&
                 ((y >= 0.30 && y <= 0.37) || (y >= 0.46 && y <= 0.53));
  bool is_tail = y >= 0.65 && y <= 0.95 && x >= 0.22 && x - 0.22 <= 0.95 - y;
  bool is_body = in_round(x, y, body, 0.16);
  if (is_outline)
    return is_text || is_tail || (is_body && !in_round(x, y, inside, 0.10));
  return (is_body || is_tail) && !is_text;
}

/* How much of a pixel the bubble covers, from 0 to 255. */
static unsigned coverage(enum icon_kind kind, unsigned px, unsigned py,
                         unsigned side) {
  double from = kind == ICON_COLOR ? side / 4.0 : 0;
  double span = kind == ICON_COLOR ? side / 2.0 : side;
  unsigned hits = 0;
  for (unsigned i = 0; i < FINE * FINE; i++) {
    double x = (px + (i % FINE + 0.5) / FINE - from) / span;
    double y = (py + (i / FINE + 0.5) / FINE - from) / span;
    hits += in_bubble(x, y, kind == ICON_OUTLINE);
  }
  return hits * 255 / (FINE * FINE);
}

static png_byte mixed(uint32_t colour, unsigned share) {
  unsigned c = colour & 255;
  return (png_byte)(c + (255 - c) * share / 255);
}

static void paint(enum icon_kind kind, uint32_t rgb, unsigned side,
                  png_bytep pixels) {
  for (unsigned i = 0; i < side * side; i++, pixels += CHANNELS) {
    unsigned share = coverage(kind, i % side, i / side, side);
    bool is_color = kind == ICON_COLOR;
    pixels[0] = is_color ? mixed(rgb >> 16, share) : 255;
    pixels[1] = is_color ? mixed(rgb >> 8, share) : 255;
    pixels[2] = is_color ? mixed(rgb, share) : 255;
    pixels[3] = is_color ? 255 : (png_byte)share;
  }
}

enum icon_status icon_draw(enum icon_kind kind, uint32_t rgb, char **out,
                           size_t *length) {
  enum icon_status status = ICON_NOMEM;
  unsigned side = kind == ICON_COLOR ? ICON_COLOR_SIDE : ICON_OUTLINE_SIDE;
  png_image image = {.version = PNG_IMAGE_VERSION,
                     .width = side,
                     .height = side,
                     .format = PNG_FORMAT_RGBA};
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  png_bytep pixels = malloc(PNG_IMAGE_SIZE(image));
  char *bytes = malloc(size);
  if (!pixels || !bytes)
    goto done;
  paint(kind, rgb, side, pixels);
  status = ICON_FAILED;
  if (!png_image_write_to_memory(&image, bytes, &size, 0, pixels, 0, NULL))
    goto done;
  *out = bytes;
  *length = size;
  bytes = NULL; /* ownership moved to the caller */
  status = ICON_OK;
done:
  free(bytes);
  free(pixels);
  png_image_free(&image);
  return status;
}
