#include "lib/tensor/planner.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "lib/base/error.h"

namespace sotto::tensor {
namespace {

struct Placed {
  std::size_t offset;
  std::size_t end;
};

}  // namespace

Result<Layout> plan_memory(std::span<const Buffer> buffers) {
  // Rounding up and adding cannot overflow below this.
  constexpr std::size_t kMostBytes = std::numeric_limits<std::size_t>::max() / 4;
  std::vector<std::size_t> rounded(buffers.size());
  std::size_t sum = 0;
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    if (buffers[i].bytes > kMostBytes || sum > kMostBytes) {
      return base::error(ErrorCode::kOutOfMemory, "the memory plan exceeds the address space");
    }
    rounded[i] = (buffers[i].bytes + kAlignment - 1) / kAlignment * kAlignment;
    sum += rounded[i];
  }

  std::vector<std::size_t> order(buffers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rounded[a] > rounded[b]; });

  Layout layout{std::vector<std::size_t>(buffers.size(), 0), 0};
  std::vector<std::size_t> done;
  std::vector<Placed> alive;
  for (const std::size_t i : order) {
    alive.clear();
    for (const std::size_t j : done) {
      if (buffers[j].first <= buffers[i].last && buffers[i].first <= buffers[j].last) {
        alive.push_back({layout.offsets[j], layout.offsets[j] + rounded[j]});
      }
    }
    std::sort(alive.begin(), alive.end(),
              [](const Placed& a, const Placed& b) { return a.offset < b.offset; });

    std::size_t best = 0, best_gap = std::numeric_limits<std::size_t>::max(), end = 0;
    bool fits = false;
    for (const Placed& other : alive) {
      if (other.offset > end) {
        const std::size_t gap = other.offset - end;
        if (gap >= rounded[i] && gap < best_gap) {
          best = end;
          best_gap = gap;
          fits = true;
        }
      }
      end = std::max(end, other.end);
    }
    layout.offsets[i] = fits ? best : end;
    layout.bytes = std::max(layout.bytes, layout.offsets[i] + rounded[i]);
    done.push_back(i);
  }
  return layout;
}

}  // namespace sotto::tensor
