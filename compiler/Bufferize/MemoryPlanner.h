// Places buffers with known lifetimes in one workspace. Pure arithmetic, no IR: sizes in, offsets out.
#ifndef COMPILER_BUFFERIZE_MEMORYPLANNER_H
#define COMPILER_BUFFERIZE_MEMORYPLANNER_H
#include <cstdint>
#include <vector>

namespace motion {

/// A buffer that is live from step `first` to step `last`, both included. Its size is `bytes` times the unit of its size class; class 0 is
/// the static one with unit 1, the unit of any other class (a product of dimensions) is known only when the model runs.
struct PlannedBuffer {
  int64_t bytes = 0;
  unsigned sizeClass = 0;
  unsigned first = 0, last = 0;
};

/// Where a buffer goes: slot 0 is the static area at the start of the workspace, with `offset` in bytes; slots 1.. follow it in order, and
/// a buffer with a dynamic size starts where its slot starts.
struct BufferPlace {
  unsigned slot = 0;
  int64_t offset = 0;
};

/// A stretch of the workspace for dynamic buffers with disjoint lifetimes. Its size is the maximum over its members of bytes * unit.
struct DynamicSlot {
  struct Member {
    unsigned sizeClass;
    int64_t bytes; ///< the largest of this class in the slot
  };
  std::vector<Member> members; ///< one per size class, in order of first use
};

/// Where every buffer goes, and how large the parts of the workspace are.
struct MemoryPlan {
  std::vector<BufferPlace> places; ///< one per buffer, in the order given
  std::vector<DynamicSlot> slots;  ///< slot 1 is slots[0]
  int64_t staticBytes = 0;         ///< size of the static area, a multiple of the alignment
};

/// Alignment of every buffer, the static area and every slot, in bytes.
inline constexpr int64_t bufferAlignment = 64;

/// `bytes` rounded up to the alignment of buffers.
constexpr int64_t alignBuffer(int64_t bytes) { return (bytes + bufferAlignment - 1) / bufferAlignment * bufferAlignment; }

/// Places every buffer so that no two buffers that are live at the same step overlap. Static buffers: greedy by size, the smallest gap
/// that fits (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020). Dynamic buffers: greedy by size into
/// slots, the slot that grows least first.
MemoryPlan planMemory(const std::vector<PlannedBuffer> &buffers);

} // namespace motion
#endif
