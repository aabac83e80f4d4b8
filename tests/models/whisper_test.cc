#include "lib/models/whisper.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

#include "kernels/isa.h"
#include "tests/support/isas.h"
#include "tests/support/random_whisper.h"
#include "tests/support/temp_folder.h"

namespace sotto::models {
namespace {

using kernels::Isa;
using test::kWhisperMini;

std::unique_ptr<const Whisper> load(const test::WhisperDims& dims, Isa isa = kernels::kBestIsa,
                                    graph::Dtype dtype = graph::Dtype::kF32) {
  converter::RandomOptions options;
  options.dtype = dtype;
  const Result<std::vector<std::byte>> bytes =
      test::random_whisper(dims, options).write_to_memory();
  EXPECT_TRUE(bytes);
  const Result<format::Gguf> file = format::Gguf::parse("random.gguf", *bytes);
  EXPECT_TRUE(file);
  auto model = Whisper::load(*file, isa);
  EXPECT_TRUE(model) << model.error().message;
  return model ? *std::move(model) : nullptr;
}

std::unique_ptr<WhisperSession> session_of(const Whisper& model, const WhisperLimits& limits,
                                           unsigned threads = 1) {
  auto session = WhisperSession::create(model, limits, threads);
  EXPECT_TRUE(session) << session.error().message;
  if (!session) return nullptr;
  std::minstd_rand rng(7);
  for (float& v : (*session)->mel()) v = static_cast<float>(rng() % 1000) / 500.0F - 1.0F;
  (*session)->encode();
  return *std::move(session);
}

std::vector<float> copy(std::span<const float> values) { return {values.begin(), values.end()}; }

// The decoder's order of summation differs between one row and many: some 1e-6 of values of order
// one, and the errors of two layers.
void expect_near(std::span<const float> got, std::span<const float> want) {
  ASSERT_EQ(got.size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 2e-5) << "logit " << i;
}

class WhisperModel : public testing::TestWithParam<Isa> {};

TEST_P(WhisperModel, LanguageLogitsAreThoseOfAPrompt) {
  SOTTO_NEEDS_ISA(GetParam());
  const auto model = load(kWhisperMini, GetParam());
  constexpr std::size_t kFirst = 37, kLanguages = 21;
  const auto session = session_of(*model, {.first_language = kFirst, .languages = kLanguages});
  const std::int32_t start = 3;
  const std::vector<float> got = copy(session->language_logits(start));
  session->prompt(std::span(&start, 1), 0);
  expect_near(got, session->logits(0).subspan(kFirst, kLanguages));
}

TEST_P(WhisperModel, OneByOneGivesTheLogitsOfAllAtOnce) {
  SOTTO_NEEDS_ISA(GetParam());
  const auto model = load(kWhisperMini, GetParam());
  const auto session = session_of(*model, {});
  const std::vector<std::int32_t> tokens = {5, 299, 0, 17, 17, 123, 45, 6};
  session->prompt(tokens, 2);
  const std::vector<float> last = copy(session->logits(0)), third = copy(session->probe_logits());
  EXPECT_NE(last, third);
  session->prompt(std::span(tokens).first(1), 0);
  EXPECT_EQ(copy(session->logits(0)), copy(session->probe_logits()));
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    const std::uint32_t parent = 0;
    session->step({&tokens[i], 1}, {&parent, 1});
    if (i == 2) expect_near(session->logits(0), third);
  }
  expect_near(session->logits(0), last);
}

// A walk of hypotheses that are split, dropped and exchanged at random: each must be what its own
// tokens make it.
TEST_P(WhisperModel, HypothesesDoNotDisturbEachOther) {
  SOTTO_NEEDS_ISA(GetParam());
  constexpr std::size_t kHypotheses = 5;
  const auto model = load(kWhisperMini, GetParam());
  const auto session = session_of(*model, {.max_hypotheses = kHypotheses});
  const auto alone = session_of(*model, {});
  std::mt19937 rng(3);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::vector<std::int32_t>> rows = {{1, 2, 3}};
    session->prompt(rows[0], 0);
    while (rows[0].size() < model->config().decoder.context) {
      const std::size_t count = 1 + rng() % kHypotheses;
      std::vector<std::int32_t> tokens(count);
      std::vector<std::uint32_t> parents(count);
      std::vector<std::vector<std::int32_t>> next(count);
      for (std::size_t i = 0; i < count; ++i) {
        tokens[i] = static_cast<std::int32_t>(rng() % kWhisperMini.vocabulary);
        parents[i] = static_cast<std::uint32_t>(rng() % rows.size());
        next[i] = rows[parents[i]];
        next[i].push_back(tokens[i]);
      }
      session->step(tokens, parents);
      rows = next;
      const std::size_t i = rng() % count;
      alone->prompt(rows[i], 0);
      expect_near(session->logits(i), alone->logits(0));
      if (HasFatalFailure()) return;
    }
  }
}

TEST_P(WhisperModel, ForcedLogitsAreThePromptsAtEveryPosition) {
  SOTTO_NEEDS_ISA(GetParam());
  const auto model = load(kWhisperMini, GetParam());
  const auto session = session_of(*model, {.alignment = true});
  const std::vector<std::int32_t> tokens = {5, 299, 0, 17, 17, 123, 45, 6, 9, 10};
  std::vector<std::vector<float>> want;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    session->prompt(tokens, i);
    want.push_back(copy(session->probe_logits()));
  }
  session->force(tokens);
  for (const std::size_t i : {0U, 1U, 5U, 9U, 8U, 0U}) {
    EXPECT_EQ(copy(session->forced_logits(i)), want[i]) << i;
  }
  ASSERT_EQ(session->alignment_heads(), kWhisperMini.heads);
  const std::vector<float> few = copy(session->scores(1, 20));
  const std::vector<float> all = copy(session->scores(1, kWhisperMini.frames));
  ASSERT_EQ(few.size(), tokens.size() * 20);
  for (std::size_t i = 0; i < few.size(); ++i) {
    EXPECT_EQ(few[i], all[i / 20 * kWhisperMini.frames + i % 20]);
  }
  EXPECT_EQ(copy(session->forced_logits(4)), want[4]);
}

// Weights and caches of 16 bits are those of an f32 model, rounded: to one part in 2^12, or 2^9 in
// bfloat16, in products one after the other, most of whose errors cancel, that make logits of up
// to 10.
TEST_P(WhisperModel, SixteenBitWeightsAndCachesGiveNearlyTheSameLogits) {
  SOTTO_NEEDS_ISA(GetParam());
  const std::vector<std::int32_t> tokens = {5, 299, 0, 17, 17, 123, 45, 6};
  const auto exact = load(kWhisperMini, GetParam());
  const auto want = session_of(*exact, {.max_hypotheses = 2});
  for (const graph::Dtype dtype : {graph::Dtype::kF16, graph::Dtype::kBF16}) {
    SCOPED_TRACE(tensor::name(dtype));
    const auto model = load(kWhisperMini, GetParam(), dtype);
    EXPECT_EQ(model->cache_dtype(), graph::Dtype::kF16);
    EXPECT_LT(model->weights_bytes(), exact->weights_bytes());
    const auto session = session_of(*model, {.max_hypotheses = 2});
    const double rounding = dtype == graph::Dtype::kF16 ? 0x1p-12 : 0x1p-9;
    const auto near = [&](std::span<const float> got, std::span<const float> expected) {
      double most = 0;
      for (std::size_t i = 0; i < got.size(); ++i) {
        most = std::max(most, std::fabs(double{got[i]} - double{expected[i]}));
      }
      EXPECT_LE(most, 2 * 10 * rounding);
      EXPECT_GT(most, 0);
    };
    session->prompt(tokens, 0);
    want->prompt(tokens, 0);
    near(session->logits(0), want->logits(0));
    // A step's copy of a cache, too.
    const std::int32_t next[] = {7, 8};
    const std::uint32_t parents[] = {0, 0};
    session->step(next, parents);
    want->step(next, parents);
    near(session->logits(0), want->logits(0));
    near(session->logits(1), want->logits(1));
  }
}

SOTTO_TEST_EACH_ISA(WhisperModel);

TEST(Whisper, OneToFourThreadsGiveTheSameBytes) {
  // Wide enough that every op is shared out.
  const auto model = load({.width = 192,
                           .mel_bins = 80,
                           .vocabulary = 3000,
                           .encoder_layers = 1,
                           .decoder_layers = 2,
                           .heads = 3});
  std::vector<std::vector<float>> all;
  for (const unsigned threads : {1U, 2U, 3U, 4U}) {
    const auto session = session_of(*model, {.max_hypotheses = 5, .alignment = true}, threads);
    std::vector<float> got = copy(session->encode());
    const auto add = [&got](std::span<const float> more) {
      got.insert(got.end(), more.begin(), more.end());
    };
    session->prompt(std::vector<std::int32_t>(200, 7), 3);
    add(session->logits(0));
    add(session->probe_logits());
    session->step(std::vector<std::int32_t>{1, 2, 3, 4, 5}, std::vector<std::uint32_t>(5, 0));
    session->step(std::vector<std::int32_t>{1, 2, 3, 4, 5},
                  std::vector<std::uint32_t>{4, 0, 0, 2, 1});
    for (std::size_t i = 0; i < 5; ++i) add(session->logits(i));
    session->force(std::vector<std::int32_t>(100, 9));
    add(session->forced_logits(40));
    add(session->scores(2, 1500));
    all.push_back(std::move(got));
  }
  for (std::size_t i = 1; i < all.size(); ++i) {
    ASSERT_EQ(all[i].size(), all[0].size());
    EXPECT_EQ(std::memcmp(all[i].data(), all[0].data(), all[0].size() * sizeof(float)), 0)
        << i + 1 << " threads";
  }
}

TEST(Whisper, MemoryOfTheRealSizesIsPinned) {
  const auto tiny = load(test::kWhisperTiny);
  const auto arena = [](const Whisper& model, const WhisperLimits& limits) {
    const auto plan = WhisperSession::plan(model, limits);
    EXPECT_TRUE(plan);
    return plan ? plan->arena_bytes : 0;
  };
  EXPECT_EQ(arena(*tiny, {}), 28'065'792U);
  EXPECT_EQ(arena(*tiny, {.alignment = true}), 28'753'920U);
  EXPECT_EQ(arena(*tiny, {.max_hypotheses = 5}), 50'085'888U);
#ifndef SOTTO_EMULATED
  const auto base = load(test::kWhisperBase);
  EXPECT_EQ(arena(*base, {}), 53'379'072U);
#endif
}

TEST(Whisper, RefusesLimitsThatItCannotServe) {
  const auto model = load(kWhisperMini);
  EXPECT_ERROR(WhisperSession::plan(*model, {.max_hypotheses = 0}), ErrorCode::kInvalidArgument,
               "0 hypotheses, expected 1 to 32");
  EXPECT_ERROR(WhisperSession::plan(*model, {.max_hypotheses = 33}), ErrorCode::kInvalidArgument,
               "33 hypotheses");
  const std::size_t vocabulary = model->config().vocabulary;
  EXPECT_ERROR(WhisperSession::plan(*model, {.first_language = vocabulary - 1, .languages = 2}),
               ErrorCode::kInvalidArgument, "no tokens");
}

TEST(Whisper, RefusesKeysThatDoNotFit) {
  const auto error_of = [](const char* key, std::uint32_t value) {
    test::WhisperDims dims = kWhisperMini;
    if (std::strcmp(key, "width") == 0) dims.width = value;
    if (std::strcmp(key, "heads") == 0) dims.heads = value;
    if (std::strcmp(key, "mel_bins") == 0) dims.mel_bins = value;
    if (std::strcmp(key, "tokens") == 0) dims.tokens = value;
    const auto bytes = test::random_whisper(dims).write_to_memory();
    EXPECT_TRUE(bytes);
    const auto file = format::Gguf::parse("random.gguf", *bytes);
    EXPECT_TRUE(file);
    const auto model = Whisper::load(*file, Isa::kScalar);
    EXPECT_FALSE(model);
    return model ? std::string() : model.error().message;
  };
  EXPECT_NE(error_of("heads", 5).find("no multiple of the encoder's 5 heads"), std::string::npos);
  EXPECT_NE(error_of("mel_bins", 257).find("mel_bins is 257, expected 1 to 256"),
            std::string::npos);
  EXPECT_NE(error_of("tokens", 3).find("context_length is 3"), std::string::npos);
}

TEST(Whisper, RefusesAlignmentHeadsThatAreNotThere) {
  for (const std::vector<std::int32_t>& heads :
       {std::vector<std::int32_t>{0, 2}, {2, 0}, {-1, 0}}) {
    const auto bytes = test::random_whisper(kWhisperMini).write_to_memory();
    ASSERT_TRUE(bytes);
    // The array's four numbers lie in the file as they are: 1 0 1 1.
    std::vector<std::byte> damaged = *bytes;
    const std::int32_t old[] = {1, 0, 1, 1};
    const auto* needle = reinterpret_cast<const std::byte*>(old);
    const auto at = std::search(damaged.begin(), damaged.end(), needle, needle + sizeof old);
    ASSERT_NE(at, damaged.end());
    std::memcpy(&*at, heads.data(), heads.size() * sizeof(std::int32_t));
    const auto parsed = format::Gguf::parse("random.gguf", damaged);
    ASSERT_TRUE(parsed);
    const auto model = Whisper::load(*parsed, Isa::kScalar);
    EXPECT_ERROR(model, ErrorCode::kCorruptFile, "alignment_heads has head");
  }
}

TEST(Whisper, NamesATensorThatIsMissing) {
  const auto bytes = test::random_whisper(kWhisperMini).write_to_memory();
  ASSERT_TRUE(bytes);
  std::vector<std::byte> damaged = *bytes;
  const std::string name = "decoder.blk.1.cross_attn_v.weight";
  const auto* needle = reinterpret_cast<const std::byte*>(name.data());
  const auto at = std::search(damaged.begin(), damaged.end(), needle, needle + name.size());
  ASSERT_NE(at, damaged.end());
  *at = std::byte{'x'};
  const auto file = format::Gguf::parse("random.gguf", damaged);
  ASSERT_TRUE(file);
  EXPECT_ERROR(Whisper::load(*file, Isa::kScalar), ErrorCode::kCorruptFile,
               "random.gguf: tensor decoder.blk.1.cross_attn_v.weight is missing");
}

}  // namespace
}  // namespace sotto::models
