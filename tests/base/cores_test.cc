#include "lib/base/cores.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>

#include "tests/support/temp_folder.h"

namespace sotto::base {
namespace {

class Cores : public testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = temp_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << "\n";
  }
  void cpu(unsigned number, const std::string& file, const std::string& text) {
    write("sys/devices/system/cpu/cpu" + std::to_string(number) + "/" + file, text);
  }
  unsigned cores(const std::vector<unsigned>& allowed) const {
    return performance_cores(allowed, {temp_ / "sys", temp_ / "proc"});
  }
  test::TempFolder temp_;
};

TEST_F(Cores, AreTheAllowedCpusWhereTheSystemSaysNothing) {
  EXPECT_EQ(cores({0, 1, 2}), 3U);
  EXPECT_EQ(cores({}), 1U);
}

TEST_F(Cores, CountOnceForTheirThreads) {
  for (unsigned i = 0; i < 8; ++i) {
    cpu(i, "topology/thread_siblings_list",
        std::to_string(i % 4) + "," + std::to_string(i % 4 + 4));
  }
  EXPECT_EQ(cores({0, 1, 2, 3, 4, 5, 6, 7}), 4U);
  EXPECT_EQ(cores({0, 4}), 1U);
  EXPECT_EQ(cores({0, 1, 6}), 3U);
}

TEST_F(Cores, AreTheFastestKindOfArms) {
  for (unsigned i = 0; i < 8; ++i) {
    cpu(i, "cpu_capacity", i < 4 ? "400" : i < 6 ? "1024" : "990");
    cpu(i, "topology/thread_siblings_list", std::to_string(i));
  }
  EXPECT_EQ(cores({0, 1, 2, 3, 4, 5, 6, 7}), 4U);
  EXPECT_EQ(cores({0, 1, 2}), 3U);  // no faster one is allowed
}

TEST_F(Cores, AreTheFastestKindOfIntels) {
  write("sys/devices/cpu_core/cpus", "0-3,6");
  for (unsigned i = 0; i < 4; ++i) {
    cpu(i, "topology/thread_siblings_list", i < 2 ? "0-1" : "2-3");
  }
  EXPECT_EQ(cores({0, 1, 2, 3, 4, 5, 6, 7}), 3U);
  EXPECT_EQ(cores({4, 5}), 2U);
}

TEST_F(Cores, AreBoundedByTheTimeOfTheControlGroup) {
  write("proc/self/cgroup", "0::/user.slice/app");
  write("sys/fs/cgroup/user.slice/app/cpu.max", "max 100000");
  EXPECT_EQ(cores({0, 1, 2, 3}), 4U);
  write("sys/fs/cgroup/user.slice/cpu.max", "250000 100000");
  EXPECT_EQ(cores({0, 1, 2, 3}), 3U);
  write("sys/fs/cgroup/cpu.max", "50000 100000");
  EXPECT_EQ(cores({0, 1, 2, 3}), 1U);
}

TEST_F(Cores, AreBoundedByAnOlderControlGroup) {
  write("proc/self/cgroup", "5:memory:/x\n4:cpu,cpuacct:/docker/1");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "-1");
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_period_us", "100000");
  EXPECT_EQ(cores({0, 1, 2, 3}), 4U);
  write("sys/fs/cgroup/cpu,cpuacct/docker/1/cpu.cfs_quota_us", "200000");
  EXPECT_EQ(cores({0, 1, 2, 3}), 2U);
}

TEST_F(Cores, TakeNoHarmFromNonsense) {
  write("sys/devices/cpu_core/cpus", "x-,,-3,9999999999999999999999-1");
  write("proc/self/cgroup", "nonsense\n::\n0::/../../..");
  write("sys/fs/cgroup/cpu.max", "-5 0");
  cpu(0, "cpu_capacity", "much");
  EXPECT_EQ(cores({0, 1}), 2U);
}

TEST(ThisMachine, HasACoreAndNoMoreThanItsCpus) {
  EXPECT_GE(performance_cores(), 1U);
  EXPECT_LE(performance_cores(), std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace sotto::base
