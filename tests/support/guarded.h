// Test buffers that notice an access outside their bounds.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>

namespace sotto::test {

// `count` elements whose end lies `slack` elements before an unmapped page: with slack 0 a read or
// a write past the end is a segmentation fault. The bytes before the elements and in the slack are
// poison, a NaN as floats; the destructor fails the test if they changed. The start is misaligned
// as count and slack make it, so sweeping either sweeps alignment too.
template <typename T>
class Guarded {
 public:
  explicit Guarded(std::size_t count, std::size_t slack = 0) : count_(count) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t used = (kFront + count + slack) * sizeof(T);
    bytes_ = (used + page - 1) / page * page;
    void* map =
        mmap(nullptr, bytes_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED || mprotect(static_cast<char*>(map) + bytes_, page, PROT_NONE) != 0) {
      ADD_FAILURE() << "mmap of a guarded buffer failed";
      std::abort();
    }
    base_ = static_cast<unsigned char*>(map);
    mapped_ = bytes_ + page;
    std::memset(base_, kPoison, bytes_);
    data_ = reinterpret_cast<T*>(base_ + bytes_) - slack - count;
  }
  ~Guarded() {
    const auto poisoned = [](unsigned char b) { return b == kPoison; };
    const auto* begin = reinterpret_cast<const unsigned char*>(data_);
    const auto* end = reinterpret_cast<const unsigned char*>(data_ + count_);
    EXPECT_TRUE(std::all_of(static_cast<const unsigned char*>(base_), begin, poisoned))
        << "write before the buffer";
    EXPECT_TRUE(std::all_of(end, static_cast<const unsigned char*>(base_ + bytes_), poisoned))
        << "write after the buffer";
    munmap(base_, mapped_);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  T* data() { return data_; }
  const T* data() const { return data_; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  std::size_t size() const { return count_; }

 private:
  static constexpr unsigned char kPoison = 0xFF;  // 0xFFFFFFFF is a quiet NaN
  static constexpr std::size_t kFront = 64;
  std::size_t count_;
  std::size_t bytes_ = 0;
  std::size_t mapped_ = 0;
  unsigned char* base_ = nullptr;
  T* data_ = nullptr;
};

// Fills with uniform values in [lo, hi) from a seeded generator, so that a failure repeats.
template <typename Buffer>
void fill(Buffer& buffer, float lo, float hi, std::uint32_t seed) {
  std::mt19937 rng{seed};
  std::uniform_real_distribution<float> uniform(lo, hi);
  for (std::size_t i = 0; i < buffer.size(); ++i) buffer[i] = uniform(rng);
}

}  // namespace sotto::test
