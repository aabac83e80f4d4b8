#include "lib/base/cores.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace sotto::base {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = 4096;  // of a file's first line

// A line of one of the system's files; empty if there is none.
std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  for (char c; line.size() < kMostBytes && in.get(c) && c != '\n';) line += c;
  return line;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Whether a list of CPUs ("0-3,8") has `cpu`.
bool lists(std::string_view list, unsigned cpu) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    const std::string_view range = list.substr(0, comma);
    const std::size_t dash = range.find('-');
    const std::optional<double> first = number(range.substr(0, dash));
    const std::optional<double> last =
        dash == std::string_view::npos ? first : number(range.substr(dash + 1));
    if (first && last && *first <= cpu && cpu <= *last) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// Those of the fastest kind. ARM's systems state a capacity, Intel's name the performance cores.
std::vector<unsigned> fastest(const std::vector<unsigned>& cpus, const fs::path& sys) {
  std::vector<unsigned> fast;
  const std::string performance = first_line(sys / "devices/cpu_core/cpus");
  if (!performance.empty()) {
    std::ranges::copy_if(cpus, std::back_inserter(fast),
                         [&](unsigned cpu) { return lists(performance, cpu); });
    return fast.empty() ? cpus : fast;
  }
  // Cores that differ by a clock's steps are of one kind.
  constexpr double kSameKind = 0.8;
  std::vector<double> capacities;
  for (const unsigned cpu : cpus) {
    const fs::path file = sys / "devices/system/cpu" / ("cpu" + std::to_string(cpu));
    capacities.push_back(number(first_line(file / "cpu_capacity")).value_or(0));
  }
  const double most = std::ranges::max(capacities);
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    if (capacities[i] >= kSameKind * most) fast.push_back(cpus[i]);
  }
  return fast;
}

// The CPUs' worth of time that the group of a path below `root`, or one above it, may take.
double quota(const fs::path& root, const fs::path& group) {
  double least = std::numeric_limits<double>::infinity();
  const auto limit = [&](std::string_view time, std::string_view period) {
    const std::optional<double> t = number(time), p = number(period);
    if (t && p && *t > 0 && *p > 0) least = std::min(least, *t / *p);
  };
  for (fs::path at = group;; at = at.parent_path()) {
    const std::string both =
        first_line(root / at / "cpu.max");  // v2: "200000 100000", or "max ..."
    if (const std::size_t blank = both.find(' '); blank != std::string::npos) {
      limit(std::string_view(both).substr(0, blank), std::string_view(both).substr(blank + 1));
    }
    limit(first_line(root / at / "cpu.cfs_quota_us"), first_line(root / at / "cpu.cfs_period_us"));
    if (at.empty() || at == at.parent_path()) return least;
  }
}

double quota(const SystemFiles& files) {
  double least = std::numeric_limits<double>::infinity();
  std::ifstream groups(files.proc / "self/cgroup");  // "0::/user.slice", "4:cpu,cpuacct:/docker/1"
  constexpr int kMostGroups = 64;
  std::string line;
  for (int i = 0; i < kMostGroups && std::getline(groups, line); ++i) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos || line.size() > kMostBytes) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = fs::path(line.substr(second + 1)).relative_path();
    const fs::path root = files.sys / "fs/cgroup";
    // In a container the path is the host's, and the group itself lies at the root.
    if (controllers.empty()) least = std::min(least, quota(root, group));
    if (controllers.find("cpu") != std::string::npos) {
      least = std::min({least, quota(root / "cpu", group), quota(root / controllers, group)});
    }
  }
  return least;
}

}  // namespace

unsigned performance_cores(const std::vector<unsigned>& allowed, const SystemFiles& files) {
  if (allowed.empty()) return 1;
  std::set<std::string> cores;
  for (const unsigned cpu : fastest(allowed, files.sys)) {
    const std::string name = "cpu" + std::to_string(cpu);
    const std::string siblings =
        first_line(files.sys / "devices/system/cpu" / name / "topology/thread_siblings_list");
    cores.insert(siblings.empty() ? name : siblings);
  }
  const double most = std::max(1.0, std::ceil(quota(files)));
  return static_cast<unsigned>(std::min(static_cast<double>(cores.size()), most));
}

unsigned performance_cores() {
  std::vector<unsigned> allowed;
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) allowed.push_back(cpu);
    }
  }
#endif
  if (allowed.empty()) return std::max(1U, std::thread::hardware_concurrency());
  return performance_cores(allowed);
}

}  // namespace sotto::base
