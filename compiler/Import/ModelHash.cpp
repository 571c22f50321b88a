// SHA-256 in blocks of 64 bytes, by the SHA instructions of x86-64 where the processor has them (2 GB/s; the portable form has 0.3).
#include "compiler/Import/ModelHash.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include <algorithm>
#include <cstring>
#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>
#endif

namespace motion {
namespace {

using State = std::array<uint32_t, 8>;

alignas(16) constexpr uint32_t roundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

void portableBlock(State &state, const uint8_t *data) {
  uint32_t w[64];
  for (unsigned i = 0; i < 16; ++i)
    w[i] = llvm::support::endian::read32be(data + 4 * i);
  for (unsigned i = 16; i < 64; ++i) {
    const uint32_t s0 = llvm::rotr(w[i - 15], 7) ^ llvm::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3);
    const uint32_t s1 = llvm::rotr(w[i - 2], 17) ^ llvm::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (unsigned i = 0; i < 64; ++i) {
    const uint32_t s1 = llvm::rotr(e, 6) ^ llvm::rotr(e, 11) ^ llvm::rotr(e, 25);
    const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + roundConstants[i] + w[i];
    const uint32_t s0 = llvm::rotr(a, 2) ^ llvm::rotr(a, 13) ^ llvm::rotr(a, 22);
    const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const uint32_t result[8] = {a, b, c, d, e, f, g, h};
  for (unsigned i = 0; i < 8; ++i)
    state[i] += result[i];
}

#if defined(__x86_64__)
bool hasShaInstructions() {
  unsigned eax, ebx = 0, ecx, edx;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && (ebx >> 29 & 1) && __builtin_cpu_supports("sse4.1");
}

/// The instructions keep the state as (a, b, e, f) and (c, d, g, h), and do two rounds at a time.
__attribute__((target("sha,sse4.1"))) void shaBlocks(State &state, const uint8_t *data, size_t count) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  __m128i low = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(state.data())), 0xb1);
  __m128i high = _mm_shuffle_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(state.data() + 4)), 0x1b);
  __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
  for (; count; --count, data += 64) {
    const __m128i abefBefore = abef, cdghBefore = cdgh;
    __m128i w[16];
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < 16; ++i) {
      if (i < 4)
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(data + 16 * i)), swap);
      else
        w[i] = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w[i - 4], w[i - 3]), _mm_alignr_epi8(w[i - 1], w[i - 2], 4)), w[i - 1]);
      const __m128i sum = _mm_add_epi32(w[i], _mm_load_si128(reinterpret_cast<const __m128i *>(roundConstants + 4 * i)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0e));
    }
    abef = _mm_add_epi32(abef, abefBefore);
    cdgh = _mm_add_epi32(cdgh, cdghBefore);
  }
  low = _mm_shuffle_epi32(abef, 0x1b);
  high = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(reinterpret_cast<__m128i *>(state.data()), _mm_blend_epi16(low, high, 0xf0));
  _mm_storeu_si128(reinterpret_cast<__m128i *>(state.data() + 4), _mm_alignr_epi8(high, low, 8));
}
#endif

} // namespace

void ModelHash::blocks(const uint8_t *data, size_t count) {
#if defined(__x86_64__)
  static const bool fast = hasShaInstructions();
  if (fast)
    return shaBlocks(state, data, count);
#endif
  for (; count; --count, data += 64)
    portableBlock(state, data);
}

void ModelHash::update(llvm::StringRef data) {
  size += data.size();
  if (pendingSize) {
    const size_t taken = std::min(data.size(), pending.size() - pendingSize);
    std::memcpy(pending.data() + pendingSize, data.data(), taken);
    pendingSize += taken;
    data = data.drop_front(taken);
    if (pendingSize < pending.size())
      return;
    blocks(pending.data(), 1);
    pendingSize = 0;
  }
  blocks(data.bytes_begin(), data.size() / 64);
  data = data.drop_front(data.size() / 64 * 64);
  if (!data.empty())
    std::memcpy(pending.data(), data.data(), data.size());
  pendingSize = data.size();
}

std::string ModelHash::digits() {
  const uint64_t bits = size * 8;
  std::string end(1 + (119 - pendingSize) % 64 + 8, '\0');
  end[0] = '\x80';
  llvm::support::endian::write64be(end.data() + end.size() - 8, bits);
  update(end);
  uint8_t digest[32];
  for (unsigned i = 0; i < 8; ++i)
    llvm::support::endian::write32be(digest + 4 * i, state[i]);
  return llvm::toHex(llvm::ArrayRef<uint8_t>(digest), /*LowerCase=*/true);
}

} // namespace motion
