// The memory planner: lifetimes and sizes of buffers in, offsets and slots out.
#include "compiler/Bufferize/MemoryPlanner.h"
#include <algorithm>
#include <limits>
#include <tuple>

namespace motion {
namespace {

/// Two large buffers of one kernel at the same distance from a page border make loads wait for unrelated stores (their addresses agree in
/// the low 12 bits): from this size on such a buffer moves by `cliffShift` bytes.
constexpr int64_t page = 4096;
constexpr int64_t cliffShift = 256;

bool liveTogether(const PlannedBuffer &a, const PlannedBuffer &b) { return a.first <= b.last && b.first <= a.last; }

/// Buffer numbers of the static (or dynamic) kind, largest first; ties in order of first use, so that the result depends on the input only.
std::vector<unsigned> bySize(const std::vector<PlannedBuffer> &buffers, bool isStatic) {
  std::vector<unsigned> order;
  for (unsigned i = 0; i < buffers.size(); ++i)
    if ((buffers[i].sizeClass == 0) == isStatic)
      order.push_back(i);
  std::sort(order.begin(), order.end(), [&](unsigned a, unsigned b) {
    return std::tuple(-buffers[a].bytes, buffers[a].first, a) < std::tuple(-buffers[b].bytes, buffers[b].first, b);
  });
  return order;
}

/// A placed buffer, seen from another one that is live at the same time.
struct Neighbour {
  int64_t begin, end;
};

/// `offset`, moved off the page cliff of any large neighbour. The caller has checked nothing about the room behind it.
int64_t avoidCliff(int64_t offset, int64_t bytes, const std::vector<Neighbour> &neighbours) {
  if (bytes < page)
    return offset;
  const auto onCliff = [&](const Neighbour &n) { return n.end - n.begin >= page && (offset - n.begin) % page == 0; };
  for (int64_t tries = 0; tries < page / cliffShift && std::any_of(neighbours.begin(), neighbours.end(), onCliff); ++tries)
    offset += cliffShift;
  return offset;
}

/// The start of the smallest gap between the neighbours (sorted by begin) that holds `bytes`, or behind the last of them.
int64_t bestGap(int64_t bytes, const std::vector<Neighbour> &neighbours) {
  int64_t best = -1, bestSize = std::numeric_limits<int64_t>::max(), end = 0;
  for (const Neighbour &n : neighbours) {
    const int64_t start = avoidCliff(end, bytes, neighbours), size = n.begin - end;
    if (start + bytes <= n.begin && size < bestSize) {
      best = start;
      bestSize = size;
    }
    end = std::max(end, n.end);
  }
  return best >= 0 ? best : avoidCliff(end, bytes, neighbours);
}

void placeStatic(const std::vector<PlannedBuffer> &buffers, MemoryPlan &plan) {
  std::vector<unsigned> placed;
  for (unsigned i : bySize(buffers, /*isStatic=*/true)) {
    const int64_t bytes = alignBuffer(buffers[i].bytes);
    std::vector<Neighbour> neighbours;
    for (unsigned other : placed)
      if (liveTogether(buffers[i], buffers[other]))
        neighbours.push_back({plan.places[other].offset, plan.places[other].offset + alignBuffer(buffers[other].bytes)});
    std::sort(neighbours.begin(), neighbours.end(), [](const Neighbour &a, const Neighbour &b) { return a.begin < b.begin; });
    plan.places[i] = {0, bestGap(bytes, neighbours)};
    plan.staticBytes = std::max(plan.staticBytes, plan.places[i].offset + bytes);
    placed.push_back(i);
  }
}

/// By how much a slot grows when it takes the buffer; a member of another class may cost as much as the buffer itself.
int64_t growth(const DynamicSlot &slot, const PlannedBuffer &buffer) {
  for (const DynamicSlot::Member &member : slot.members)
    if (member.sizeClass == buffer.sizeClass)
      return std::max<int64_t>(0, buffer.bytes - member.bytes);
  return buffer.bytes;
}

void addMember(DynamicSlot &slot, const PlannedBuffer &buffer) {
  for (DynamicSlot::Member &member : slot.members)
    if (member.sizeClass == buffer.sizeClass) {
      member.bytes = std::max(member.bytes, buffer.bytes);
      return;
    }
  slot.members.push_back({buffer.sizeClass, buffer.bytes});
}

void placeDynamic(const std::vector<PlannedBuffer> &buffers, MemoryPlan &plan) {
  std::vector<std::vector<unsigned>> inSlot;
  for (unsigned i : bySize(buffers, /*isStatic=*/false)) {
    unsigned best = inSlot.size();
    int64_t bestGrowth = std::numeric_limits<int64_t>::max();
    for (unsigned s = 0; s < inSlot.size(); ++s) {
      const bool free = std::none_of(inSlot[s].begin(), inSlot[s].end(), [&](unsigned other) { return liveTogether(buffers[i], buffers[other]); });
      if (free && growth(plan.slots[s], buffers[i]) < bestGrowth) {
        best = s;
        bestGrowth = growth(plan.slots[s], buffers[i]);
      }
    }
    if (best == inSlot.size()) {
      inSlot.emplace_back();
      plan.slots.emplace_back();
    }
    inSlot[best].push_back(i);
    addMember(plan.slots[best], buffers[i]);
    plan.places[i] = {best + 1, 0};
  }
}

} // namespace

MemoryPlan planMemory(const std::vector<PlannedBuffer> &buffers) {
  MemoryPlan plan;
  plan.places.resize(buffers.size());
  placeStatic(buffers, plan);
  placeDynamic(buffers, plan);
  return plan;
}

} // namespace motion
