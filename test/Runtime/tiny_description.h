/* What the hand-written libraries of the tests share: an ELF note that holds a description, and how to fill its tables. */
#ifndef MOTION_TEST_RUNTIME_TINY_DESCRIPTION_H
#define MOTION_TEST_RUNTIME_TINY_DESCRIPTION_H

#include "runtime/motion_abi.h"

#include <string.h>

/* The note's head: 24 bytes, so that the description is aligned to 8. */
struct tiny_note_head {
  uint32_t name_size, content_size, type;
  char name[12];
};

#define TINY_NOTE __attribute__((section(".note.motion"), used, aligned(8)))
#define TINY_EXPORT __attribute__((visibility("default")))

/* Offset of a member from struct motion_model, for a description of type `type`. */
#define TINY_AT(type, member) ((uint32_t)offsetof(type, member))
#define TINY_TABLE(type, member, entry) \
  { TINY_AT(type, member), (uint32_t)(sizeof(((type *)0)->member) / sizeof(struct entry)), (uint32_t)sizeof(struct entry) }

/* Hands out the functions that fit into the caller's struct. */
static inline void tiny_functions(struct motion_functions *functions, int (*plan)(struct motion_call *), int (*run)(struct motion_call *)) {
  struct motion_functions ours;
  size_t size;
  if (!functions)
    return;
  memset(&ours, 0, sizeof ours);
  size = functions->size < sizeof ours ? functions->size : sizeof ours;
  ours.size = functions->size;
  ours.plan = plan;
  ours.run = run;
  memcpy(functions, &ours, size);
}

#endif
