/* Part of every library: which instruction set extensions this CPU and this system let us use. Compiled for the baseline of x86-64. */
#include <stdint.h>

/* 0: not asked yet; else bit 63 and a bit for each extension, in the order of CpuFeatures.def. Several threads may write it: the same value. */
uint64_t motion_cpu_cache;

struct registers {
  uint32_t eax, ebx, ecx, edx;
};

static struct registers cpuid(uint32_t leaf, uint32_t subleaf) {
  struct registers r;
  __asm__("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}

static uint32_t enabled_states(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

/* Clears the bits of words that need registers the system does not save. */
static void clear_disabled(uint32_t words[7], uint32_t states) {
  enum { ymm = 6, zmm = 0xe6 };
  const uint32_t avx_word0 = UINT32_C(1) << 12 | UINT32_C(1) << 28 | UINT32_C(1) << 29; /* fma, avx, f16c */
  const uint32_t avx512_word1 = UINT32_C(1) << 16 | UINT32_C(1) << 17 | UINT32_C(1) << 21 | UINT32_C(1) << 28 | UINT32_C(1) << 30 | UINT32_C(1) << 31;
  const uint32_t avx512_word2 = UINT32_C(1) << 1 | UINT32_C(1) << 6 | UINT32_C(1) << 11 | UINT32_C(1) << 12 | UINT32_C(1) << 14;
  const uint32_t avx512_word3 = UINT32_C(1) << 8 | UINT32_C(1) << 23;
  if ((states & zmm) != zmm) {
    words[1] &= ~avx512_word1;
    words[2] &= ~avx512_word2;
    words[3] &= ~avx512_word3;
    words[4] &= ~(UINT32_C(1) << 5);
  }
  if ((states & ymm) != ymm) {
    words[0] &= ~avx_word0;
    words[1] &= ~(UINT32_C(1) << 5); /* avx2 */
    words[2] = 0;
    words[4] = 0;
    words[5] = 0;
  }
}

static uint64_t ask(void) {
  static const struct {
    uint8_t word, bit;
  } features[] = {
#define MOTION_CPU_FEATURE(name, word, bit) {word, bit},
#include "compiler/Emit/CpuFeatures.def"
#undef MOTION_CPU_FEATURE
  };
  uint32_t words[7] = {0, 0, 0, 0, 0, 0, 0};
  uint64_t result = UINT64_C(1) << 63;
  const uint32_t highest = cpuid(0, 0).eax;
  unsigned i;
  words[0] = cpuid(1, 0).ecx;
  if (highest >= 7) {
    const struct registers r = cpuid(7, 0);
    words[1] = r.ebx;
    words[2] = r.ecx;
    words[3] = r.edx;
    if (r.eax >= 1) {
      const struct registers s = cpuid(7, 1);
      words[4] = s.eax;
      words[5] = s.edx;
    }
  }
  if (cpuid(UINT32_C(0x80000000), 0).eax >= UINT32_C(0x80000001))
    words[6] = cpuid(UINT32_C(0x80000001), 0).ecx;
  clear_disabled(words, words[0] >> 27 & 1 ? enabled_states() : 0); /* bit 27: xgetbv may be used */
  for (i = 0; i < sizeof features / sizeof features[0]; ++i)
    result |= (uint64_t)(words[features[i].word] >> features[i].bit & 1) << i;
  return result;
}

uint64_t motion_cpu_features(void) {
  uint64_t features = __atomic_load_n(&motion_cpu_cache, __ATOMIC_RELAXED);
  if (!features) {
    features = ask();
    __atomic_store_n(&motion_cpu_cache, features, __ATOMIC_RELAXED);
  }
  return features;
}
