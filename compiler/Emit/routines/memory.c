/* Part of every library: what code generators call for fills and copies. Compiled once per instruction set level, in vectors as wide as it has. */
#include <stddef.h>
#include <stdint.h>

#ifdef __AVX512F__
enum { width = 64 };
#else
enum { width = 32 };
#endif

/* Unaligned, and allowed to alias anything. */
typedef uint8_t vector __attribute__((vector_size(width), aligned(1), may_alias));
typedef uint8_t vector32 __attribute__((vector_size(32), aligned(1), may_alias));
typedef uint8_t vector16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t word8 __attribute__((aligned(1), may_alias));
typedef uint32_t word4 __attribute__((aligned(1), may_alias));
typedef uint16_t word2 __attribute__((aligned(1), may_alias));

/* The first and the last `sizeof(type)` bytes, which together are all: loads before stores, so that overlap does not matter. */
#define COPY_ENDS(type)                                                 \
  do {                                                                  \
    const type first = *(const type *)from;                             \
    const type last = *(const type *)(from + size - sizeof(type));      \
    *(type *)to = first;                                                \
    *(type *)(to + size - sizeof(type)) = last;                         \
  } while (0)

/* size <= 2 * width */
static inline void copy_short(uint8_t *to, const uint8_t *from, size_t size) {
  if (size >= width)
    COPY_ENDS(vector);
  else if (size >= 32)
    COPY_ENDS(vector32);
  else if (size >= 16)
    COPY_ENDS(vector16);
  else if (size >= 8)
    COPY_ENDS(word8);
  else if (size >= 4)
    COPY_ENDS(word4);
  else if (size >= 2)
    COPY_ENDS(word2);
  else if (size)
    *to = *from;
}

static inline void copy_forward(uint8_t *to, const uint8_t *from, size_t size) {
  const vector last = *(const vector *)(from + size - width);
  size_t i = 0;
  for (; i + 4 * width <= size; i += 4 * width) {
    const vector a = *(const vector *)(from + i), b = *(const vector *)(from + i + width);
    const vector c = *(const vector *)(from + i + 2 * width), d = *(const vector *)(from + i + 3 * width);
    *(vector *)(to + i) = a;
    *(vector *)(to + i + width) = b;
    *(vector *)(to + i + 2 * width) = c;
    *(vector *)(to + i + 3 * width) = d;
  }
  for (; i + width <= size; i += width)
    *(vector *)(to + i) = *(const vector *)(from + i);
  *(vector *)(to + size - width) = last;
}

static inline void copy_backward(uint8_t *to, const uint8_t *from, size_t size) {
  const vector first = *(const vector *)from;
  size_t i = size;
  for (; i >= width; i -= width)
    *(vector *)(to + i - width) = *(const vector *)(from + i - width);
  *(vector *)to = first;
}

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  if (size <= 2 * width)
    copy_short((uint8_t *)to, (const uint8_t *)from, size);
  else
    copy_forward((uint8_t *)to, (const uint8_t *)from, size);
  return to;
}

void *memmove(void *to, const void *from, size_t size) {
  if (size <= 2 * width)
    copy_short((uint8_t *)to, (const uint8_t *)from, size);
  else if ((uintptr_t)to - (uintptr_t)from >= size)
    copy_forward((uint8_t *)to, (const uint8_t *)from, size);
  else
    copy_backward((uint8_t *)to, (const uint8_t *)from, size);
  return to;
}

void *memset(void *to, int value, size_t size) {
  uint8_t *bytes = (uint8_t *)to;
  const uint64_t pattern = (uint8_t)value * UINT64_C(0x0101010101010101);
  const vector all = (vector){0} + (uint8_t)value;
  size_t i = 0;
  if (size >= width) {
    for (; i + width <= size; i += width)
      *(vector *)(bytes + i) = all;
    *(vector *)(bytes + size - width) = all;
  } else if (size >= 8) {
    for (; i + 8 <= size; i += 8)
      *(word8 *)(bytes + i) = pattern;
    *(word8 *)(bytes + size - 8) = pattern;
  } else if (size >= 4) {
    *(word4 *)bytes = (uint32_t)pattern;
    *(word4 *)(bytes + size - 4) = (uint32_t)pattern;
  } else if (size) {
    bytes[0] = (uint8_t)value;
    bytes[size / 2] = (uint8_t)value;
    bytes[size - 1] = (uint8_t)value;
  }
  return to;
}
