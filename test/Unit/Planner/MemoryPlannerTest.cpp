// Tests of planMemory: known small cases, and properties over random sets of buffers.
#include "compiler/Bufferize/MemoryPlanner.h"
#include <algorithm>
#include <gtest/gtest.h>
#include <random>

using namespace motion;

namespace {

bool liveTogether(const PlannedBuffer &a, const PlannedBuffer &b) { return a.first <= b.last && b.first <= a.last; }

/// Every rule of a plan, for sizes of classes as given by `units`.
void expectSound(const std::vector<PlannedBuffer> &buffers, const MemoryPlan &plan, const std::vector<int64_t> &units) {
  ASSERT_EQ(plan.places.size(), buffers.size());
  std::vector<int64_t> slotStart{0}, slotBytes{plan.staticBytes};
  int64_t end = plan.staticBytes;
  for (const DynamicSlot &slot : plan.slots) {
    int64_t bytes = 0;
    for (const DynamicSlot::Member &member : slot.members)
      bytes = std::max(bytes, alignBuffer(member.bytes * units[member.sizeClass]));
    slotStart.push_back(end);
    slotBytes.push_back(bytes);
    end += bytes;
  }
  EXPECT_EQ(plan.staticBytes % bufferAlignment, 0);
  std::vector<std::pair<int64_t, int64_t>> ranges;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const BufferPlace &place = plan.places[i];
    ASSERT_LT(place.slot, slotStart.size());
    EXPECT_EQ(buffers[i].sizeClass == 0, place.slot == 0);
    const int64_t bytes = buffers[i].bytes * units[buffers[i].sizeClass];
    EXPECT_EQ(place.offset % bufferAlignment, 0);
    EXPECT_LE(place.offset + bytes, slotBytes[place.slot]);
    ranges.emplace_back(slotStart[place.slot] + place.offset, slotStart[place.slot] + place.offset + bytes);
  }
  for (size_t i = 0; i < buffers.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (liveTogether(buffers[i], buffers[j])) {
        EXPECT_TRUE(ranges[i].second <= ranges[j].first || ranges[j].second <= ranges[i].first)
            << "buffers " << j << " and " << i << " are live at the same time and overlap";
      }
}

TEST(MemoryPlanner, Nothing) {
  const MemoryPlan plan = planMemory({});
  EXPECT_EQ(plan.staticBytes, 0);
  EXPECT_TRUE(plan.places.empty() && plan.slots.empty());
}

TEST(MemoryPlanner, ChainNeedsTwoBuffers) {
  std::vector<PlannedBuffer> buffers;
  for (unsigned i = 0; i < 100; ++i)
    buffers.push_back({1000, 0, i, i + 1});
  const MemoryPlan plan = planMemory(buffers);
  EXPECT_EQ(plan.staticBytes, 2 * 1024);
  expectSound(buffers, plan, {1});
}

TEST(MemoryPlanner, SmallBufferTakesTheSmallestGap) {
  // The buffers that end early leave gaps of 256 and 192 bytes between the others.
  const std::vector<PlannedBuffer> buffers = {{512, 0, 0, 9}, {256, 0, 0, 4}, {192, 0, 0, 9}, {130, 0, 0, 4}, {129, 0, 0, 9}, {100, 0, 5, 9}};
  const MemoryPlan plan = planMemory(buffers);
  EXPECT_EQ(plan.places[5].offset, plan.places[3].offset);
  EXPECT_EQ(plan.staticBytes, 512 + 256 + 192 + 192 + 192);
  expectSound(buffers, plan, {1});
}

TEST(MemoryPlanner, LargeNeighboursKeepOffThePageCliff) {
  const std::vector<PlannedBuffer> buffers = {{8192, 0, 0, 1}, {4096, 0, 0, 1}};
  const MemoryPlan plan = planMemory(buffers);
  EXPECT_NE((plan.places[1].offset - plan.places[0].offset) % 4096, 0);
  EXPECT_LE(plan.staticBytes, 8192 + 4096 + 4096);
  expectSound(buffers, plan, {1});
}

TEST(MemoryPlanner, DynamicBuffersShareSlots) {
  // A chain of layers of different widths: two slots, each as large as its widest member.
  const std::vector<PlannedBuffer> buffers = {{1024, 1, 0, 1}, {2048, 1, 1, 2}, {512, 1, 2, 3}, {40, 1, 3, 4}};
  const MemoryPlan plan = planMemory(buffers);
  ASSERT_EQ(plan.slots.size(), 2u);
  ASSERT_EQ(plan.slots[0].members.size(), 1u);
  EXPECT_EQ(plan.slots[0].members[0].bytes, 2048);
  EXPECT_EQ(plan.slots[1].members[0].bytes, 1024);
  expectSound(buffers, plan, {1, 17});
}

TEST(MemoryPlanner, SlotOfTwoClassesTakesTheMaximum) {
  const std::vector<PlannedBuffer> buffers = {{1024, 1, 0, 1}, {512, 2, 2, 3}};
  const MemoryPlan plan = planMemory(buffers);
  ASSERT_EQ(plan.slots.size(), 1u);
  EXPECT_EQ(plan.slots[0].members.size(), 2u);
  expectSound(buffers, plan, {1, 3, 1000});
  expectSound(buffers, plan, {1, 1000, 3});
}

TEST(MemoryPlanner, RandomBuffersNeverOverlap) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](int64_t bound) { return static_cast<int64_t>(random() % bound); };
  for (int round = 0; round < 200; ++round) {
    std::vector<PlannedBuffer> buffers(1 + below(40));
    int64_t staticSum = 0;
    for (PlannedBuffer &buffer : buffers) {
      buffer.bytes = 1 + below(round % 2 ? 300 : 20000);
      buffer.sizeClass = static_cast<unsigned>(below(4));
      buffer.first = static_cast<unsigned>(below(30));
      buffer.last = buffer.first + static_cast<unsigned>(below(10));
      if (buffer.sizeClass == 0)
        staticSum += alignBuffer(buffer.bytes) + 4096;
    }
    const MemoryPlan plan = planMemory(buffers);
    EXPECT_LE(plan.staticBytes, staticSum);
    expectSound(buffers, plan, {1, 1 + below(100), 1 + below(100), 1 + below(100)});
    if (HasFailure())
      return;
  }
}

} // namespace
