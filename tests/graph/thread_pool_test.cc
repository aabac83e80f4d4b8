#include "lib/graph/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <thread>
#include <vector>

namespace sotto::graph {
namespace {

std::unique_ptr<ThreadPool> make(unsigned threads) {
  Result<std::unique_ptr<ThreadPool>> pool = ThreadPool::create(threads);
  EXPECT_TRUE(pool);
  return *std::move(pool);
}

TEST(ThreadPool, EveryItemRunsOnceForAnyThreadsAndItems) {
  for (unsigned threads = 1; threads <= 5; ++threads) {
    const std::unique_ptr<ThreadPool> pool = make(threads);
    ASSERT_EQ(pool->threads(), threads);
    for (const std::size_t items : {0, 1, 2, 3, 7, 64, 1000}) {
      std::vector<std::atomic<int>> runs(items);
      pool->split(items, 100, [&](kernels::Range range) {
        for (std::size_t i = range.begin; i < range.end; ++i) runs[i].fetch_add(1);
      });
      for (const std::atomic<int>& count : runs) ASSERT_EQ(count.load(), 1);
    }
  }
}

TEST(ThreadPool, WhatAJobWroteIsSeenByTheOwnerAndByTheNextJob) {
  const std::unique_ptr<ThreadPool> pool = make(3);
  std::vector<int> values(257, 0);
  for (int round = 1; round <= 300; ++round) {
    pool->split(values.size(), 100, [&](kernels::Range range) {
      for (std::size_t i = range.begin; i < range.end; ++i) values[i] += 1;
    });
    for (const int value : values) ASSERT_EQ(value, round);
  }
}

TEST(ThreadPool, SeveralPoolsRunSideBySide) {
  std::vector<std::thread> owners;
  std::atomic<std::size_t> sum{0};
  for (int i = 0; i < 4; ++i) {
    owners.emplace_back([&] {
      const std::unique_ptr<ThreadPool> pool = make(2);
      for (int round = 0; round < 100; ++round) {
        pool->split(10, 10, [&](kernels::Range range) { sum.fetch_add(range.end - range.begin); });
      }
    });
  }
  for (std::thread& owner : owners) owner.join();
  EXPECT_EQ(sum.load(), 4U * 100U * 10U);
}

TEST(ThreadPool, GivesNoMoreRangesThanAskedFor) {
  const std::unique_ptr<ThreadPool> pool = make(4);
  for (const std::size_t most : {1, 2, 3, 7, 50}) {
    std::atomic<std::size_t> ranges{0}, items{0};
    pool->split(40, most, [&](kernels::Range range) {
      ranges.fetch_add(1);
      items.fetch_add(range.end - range.begin);
    });
    EXPECT_LE(ranges.load(), most);
    EXPECT_EQ(items.load(), 40U);
  }
}

// Many more threads than cores: most of them find the job done.
TEST(ThreadPool, DoesNotWaitForThreadsWithoutACore) {
  const std::unique_ptr<ThreadPool> pool = make(64);
  std::atomic<std::size_t> sum{0};
  for (int round = 0; round < 2000; ++round) {
    pool->split(8, 8, [&](kernels::Range range) { sum.fetch_add(range.end - range.begin); });
  }
  EXPECT_EQ(sum.load(), 16000U);
}

TEST(ThreadPool, RefusesNoThreadsAndTooMany) {
  EXPECT_FALSE(ThreadPool::create(0));
  EXPECT_FALSE(ThreadPool::create(ThreadPool::kMaxThreads + 1));
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(ThreadPool, AnIdlePoolUsesNoCpu) {
  const std::unique_ptr<ThreadPool> pool = make(4);
  pool->split(100, 100, [](kernels::Range) {});
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // spinning ends
  const double before = cpu_seconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  EXPECT_LT(cpu_seconds() - before, 0.02);
}

}  // namespace
}  // namespace sotto::graph
