// Counts every heap allocation of the process, malloc and new, by whichever thread.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "kernels/isa.h"
#include "lib/models/moonshine.h"
#include "lib/models/whisper.h"
#include "tests/support/random_moonshine.h"
#include "tests/support/random_whisper.h"

// glibc's own functions below the ones replaced here; operator new calls malloc.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {
std::atomic<long> g_allocations{0};
void count() { g_allocations.fetch_add(1, std::memory_order_relaxed); }
}  // namespace

extern "C" {
void* malloc(std::size_t size) {
  count();
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
  count();
  return __libc_calloc(n, size);
}
void* realloc(void* old, std::size_t size) {
  count();
  return __libc_realloc(old, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count();
  return __libc_memalign(alignment, size);
}
int posix_memalign(void** out, std::size_t alignment, std::size_t size) {
  count();
  *out = __libc_memalign(alignment, size);
  return *out == nullptr ? ENOMEM : 0;
}
}

namespace sotto::models {
namespace {

TEST(Allocation, TheCounterSeesMallocAndNew) {
  const long before = g_allocations.load();
  void* volatile a = std::malloc(10);
  int* volatile b = new int(3);
  EXPECT_EQ(g_allocations.load() - before, 2);
  std::free(a);
  delete b;
}

TEST(Allocation, NoneFromTheEndOfSessionCreationToTheLastToken) {
  const Result<std::vector<std::byte>> bytes =
      test::random_moonshine({96, 384, 1000, 2, 2, 3, 3, 28}).write_to_memory();
  ASSERT_TRUE(bytes);
  const Result<format::Gguf> file = format::Gguf::parse("random.gguf", *bytes);
  ASSERT_TRUE(file);
  const std::vector<float> sound = test::test_sound(7 * kMoonshineRate);
  for (const graph::Isa isa : kernels::built_isas()) {
    if (!kernels::supported(isa)) continue;
    const auto model = Moonshine::load(*file, isa);
    ASSERT_TRUE(model);
    const auto session = MoonshineSession::create(**model, {}, 3);
    ASSERT_TRUE(session);

    const long before = g_allocations.load();
    std::size_t tokens = 0;
    for (const std::size_t samples :
         {std::size_t{7 * kMoonshineRate}, std::size_t{16000}, std::size_t{10}}) {
      (*session)->encode(std::span(sound).first(samples));
      tokens += (*session)->greedy(20, 1000, true).tokens.size();
    }
    EXPECT_EQ(g_allocations.load() - before, 0) << name(isa);
    EXPECT_GT(tokens, 0U);
  }
}

TEST(Allocation, NoneInAWindowOfWhisper) {
  const Result<std::vector<std::byte>> bytes =
      test::random_whisper(test::kWhisperMini).write_to_memory();
  ASSERT_TRUE(bytes);
  const Result<format::Gguf> file = format::Gguf::parse("random.gguf", *bytes);
  ASSERT_TRUE(file);
  const auto model = Whisper::load(*file, kernels::kBestIsa);
  ASSERT_TRUE(model);
  const auto session = WhisperSession::create(**model, {.max_hypotheses = 3, .alignment = true}, 3);
  ASSERT_TRUE(session);
  const std::int32_t tokens[] = {1, 2, 3};
  const std::uint32_t parents[] = {0, 0, 0}, crossed[] = {2, 2, 1};

  const long before = g_allocations.load();
  for (int window = 0; window < 2; ++window) {
    std::ranges::fill((*session)->mel(), 0.5F);
    (*session)->encode();
    (*session)->prompt(tokens, 0);
    (*session)->step(tokens, parents);
    for (int i = 0; i < 30; ++i) (*session)->step(tokens, crossed);
    (*session)->force(tokens);
    (*session)->forced_logits(1);
    (*session)->scores(0, 25);
  }
  EXPECT_EQ(g_allocations.load() - before, 0);
}

}  // namespace
}  // namespace sotto::models
