#include "lib/models/moonshine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/isa.h"
#include "tests/support/random_moonshine.h"

namespace sotto::models {
namespace {

using graph::Isa;
using test::MoonshineDims;

constexpr MoonshineDims kSmall = {64, 160, 500, 2, 2, 4, 4, 14};

struct Loaded {
  std::vector<std::byte> bytes;
  std::unique_ptr<const Moonshine> model;
};

Loaded load(const MoonshineDims& dims, Isa cap = kernels::kBestIsa) {
  Loaded loaded;
  Result<std::vector<std::byte>> bytes = test::random_moonshine(dims).write_to_memory();
  EXPECT_TRUE(bytes);
  loaded.bytes = *std::move(bytes);
  const Result<format::Gguf> file = format::Gguf::parse("random.gguf", loaded.bytes);
  EXPECT_TRUE(file) << file.error().message;
  Result<std::unique_ptr<const Moonshine>> model = Moonshine::load(*file, cap);
  EXPECT_TRUE(model) << model.error().message;
  loaded.model = *std::move(model);
  return loaded;
}

std::unique_ptr<MoonshineSession> session(const Moonshine& model, const MoonshineLimits& limits,
                                          unsigned threads) {
  Result<std::unique_ptr<MoonshineSession>> made = MoonshineSession::create(model, limits, threads);
  EXPECT_TRUE(made) << made.error().message;
  return *std::move(made);
}

bool finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); });
}

struct RealSize {
  const char* name;
  MoonshineDims dims;
  std::size_t arena_bytes;  // of a session for 30 s
};
constexpr RealSize kRealSizes[] = {{"tiny", test::kMoonshineTiny, 21'399'552},
                                   {"base", test::kMoonshineBase, 40'521'728}};
void PrintTo(const RealSize& size, std::ostream* os) { *os << size.name; }

class RealSizeTest : public testing::TestWithParam<std::tuple<RealSize, std::size_t>> {};

TEST_P(RealSizeTest, Runs) {
  const auto& [size, seconds] = GetParam();
#ifdef SOTTO_EMULATED
  if (seconds > 1) GTEST_SKIP() << "takes minutes on an emulated CPU; run natively";
#endif
  const Loaded loaded = load(size.dims);
  const auto s = session(*loaded.model, {}, 2);
  const std::vector<float> sound = test::test_sound(seconds * kMoonshineRate);
  const std::span<const float> encoded = s->encode(sound);
  const std::size_t frames = ((seconds * kMoonshineRate - 127) / 64 + 1 - 7) / 3 + 1;
  EXPECT_EQ(encoded.size(), ((frames - 3) / 2 + 1) * size.dims.hidden);
  EXPECT_TRUE(finite(encoded));
  const auto greedy = s->greedy(8, size.dims.vocabulary, true);
  EXPECT_LE(greedy.tokens.size(), 8U);
  const std::int32_t start = 1;
  EXPECT_TRUE(finite(s->decode({&start, 1}, 0)));
}

INSTANTIATE_TEST_SUITE_P(Sizes, RealSizeTest,
                         testing::Combine(testing::ValuesIn(kRealSizes),
                                          testing::Values(1, 10, 30)),
                         [](const auto& instance) {
                           return std::string(std::get<0>(instance.param).name) + "_" +
                                  std::to_string(std::get<1>(instance.param)) + "s";
                         });

// A change here is a change of every user's memory: say so in CHANGELOG.md.
TEST(RealSizes, ArenaBytesArePinned) {
  for (const RealSize& size : kRealSizes) {
    const Loaded loaded = load(size.dims);
    const Result<graph::Plan> plan = MoonshineSession::plan(*loaded.model, {});
    ASSERT_TRUE(plan);
    EXPECT_EQ(plan->arena_bytes, size.arena_bytes) << size.name;
  }
}

TEST(Moonshine, OneToFourThreadsGiveTheSameBytes) {
  const Loaded loaded = load({96, 384, 1000, 2, 2, 3, 3, 28});
  const std::vector<float> sound = test::test_sound(5 * kMoonshineRate + 123);
  std::vector<float> encoded, logits;
  std::vector<std::int32_t> tokens;
  for (unsigned threads = 1; threads <= 4; ++threads) {
    MoonshineLimits limits;
    limits.max_prompt = 16;
    const auto s = session(*loaded.model, limits, threads);
    const std::span<const float> e = s->encode(sound);
    const std::vector<float> now_encoded(e.begin(), e.end());
    const std::vector<std::int32_t> prompt = {1, 5, 9, 2, 7, 300, 999, 0, 41, 42, 43};
    const std::span<const float> l = s->decode(prompt, 0);
    const std::vector<float> now_logits(l.begin(), l.end());
    const auto greedy = s->greedy(30, 1000, false);
    const std::vector<std::int32_t> now_tokens(greedy.tokens.begin(), greedy.tokens.end());
    if (threads == 1) {
      encoded = now_encoded;
      logits = now_logits;
      tokens = now_tokens;
    }
    ASSERT_EQ(now_encoded.size(), encoded.size());
    EXPECT_EQ(std::memcmp(now_encoded.data(), encoded.data(), encoded.size() * 4), 0) << threads;
    ASSERT_EQ(now_logits.size(), logits.size());
    EXPECT_EQ(std::memcmp(now_logits.data(), logits.data(), logits.size() * 4), 0) << threads;
    EXPECT_EQ(now_tokens, tokens) << threads;
  }
}

TEST(Moonshine, APromptAtOnceIsThePromptOneByOne) {
  const Loaded loaded = load(kSmall);
  MoonshineLimits limits;
  limits.max_prompt = 20;
  const auto s = session(*loaded.model, limits, 1);
  s->encode(test::test_sound(2 * kMoonshineRate));
  std::vector<std::int32_t> prompt;
  for (std::int32_t i = 0; i < 20; ++i) prompt.push_back((i * 37 + 1) % 500);
  const std::span<const float> at_once = s->decode(prompt, 0);
  const std::vector<float> want(at_once.begin(), at_once.end());
  std::span<const float> got;
  for (std::size_t i = 0; i < prompt.size(); ++i) got = s->decode({&prompt[i], 1}, i);
  float most = 0;
  for (const float v : want) most = std::max(most, std::fabs(v));
  for (std::size_t i = 0; i < want.size(); ++i) ASSERT_NEAR(got[i], want[i], 2e-4F * most);
}

TEST(Moonshine, ASessionForgetsTheSoundBefore) {
  const Loaded loaded = load(kSmall);
  const auto fresh = session(*loaded.model, {}, 1);
  const auto used = session(*loaded.model, {}, 1);
  used->encode(test::test_sound(9 * kMoonshineRate));
  used->greedy(40, 500, false);
  const std::vector<float> sound = test::test_sound(kMoonshineRate);
  const std::span<const float> a = fresh->encode(sound), b = used->encode(sound);
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
  const auto first = fresh->greedy(10, 500, false), second = used->greedy(10, 500, false);
  EXPECT_TRUE(std::ranges::equal(first.tokens, second.tokens));
}

TEST(Moonshine, SoundShorterThanOneFrameCountsAsFollowedBySilence) {
  const Loaded loaded = load(kSmall);
  const auto s = session(*loaded.model, {}, 1);
  const std::vector<float> sound = test::test_sound(kMoonshineWindow);
  std::vector<float> padded = sound;
  std::fill(padded.begin() + 100, padded.end(), 0.0F);
  const std::span<const float> whole = s->encode(padded);
  const std::vector<float> want(whole.begin(), whole.end());
  EXPECT_EQ(want.size(), 64U);
  const std::span<const float> got = s->encode(std::span(sound).first(100));
  EXPECT_EQ(std::vector<float>(got.begin(), got.end()), want);
}

TEST(Moonshine, GroupedKeyValueHeadsRun) {
  const Loaded loaded = load({64, 128, 100, 2, 2, 4, 2, 8});
  const auto s = session(*loaded.model, {}, 2);
  EXPECT_TRUE(finite(s->encode(test::test_sound(kMoonshineRate))));
  const std::int32_t start = 1;
  EXPECT_TRUE(finite(s->decode({&start, 1}, 0)));
}

TEST(Moonshine, TokenLimitIsTheCeilingOfSecondsTimesRate) {
  MoonshineConfig config;
  config.max_tokens_per_second = 6.5F;
  EXPECT_EQ(MoonshineLimits::tokens_for(16000, config), 7U);
  EXPECT_EQ(MoonshineLimits::tokens_for(32000, config), 13U);
  EXPECT_EQ(MoonshineLimits::tokens_for(32001, config), 14U);
  EXPECT_EQ(MoonshineLimits::tokens_for(1, config), 1U);
}

TEST(Moonshine, LimitsOutOfRangeAreRefused) {
  const Loaded loaded = load(kSmall);
  for (const MoonshineLimits& limits :
       {MoonshineLimits{kMoonshineWindow - 1}, MoonshineLimits{65 * 16000},
        MoonshineLimits{16000, 0}, MoonshineLimits{16000, 1, 1 << 20}}) {
    const auto made = MoonshineSession::create(*loaded.model, limits, 1);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
  }
}

// ---------------------------------------------------------------------------- damaged models

// Loads a small model after `damage` changed its writer; gives the message.
std::string failure(const std::function<void(format::GgufWriter&)>& damage,
                    MoonshineDims dims = kSmall) {
  format::GgufWriter writer = test::random_moonshine(dims);
  damage(writer);
  const Result<std::vector<std::byte>> bytes = writer.write_to_memory();
  if (!bytes) return bytes.error().message;
  const Result<format::Gguf> file = format::Gguf::parse("bad.gguf", *bytes);
  if (!file) return file.error().message;
  const auto model = Moonshine::load(*file, Isa::kScalar);
  EXPECT_FALSE(model);
  return model ? std::string() : model.error().message;
}

TEST(MoonshineFile, AbsurdDimensionsAreNamed) {
  const auto message = [](MoonshineDims dims) { return failure([](format::GgufWriter&) {}, dims); };
  EXPECT_EQ(message({64, 160, 500, 2, 2, 5, 5, 12}).find("bad.gguf: embedding_length 64"), 0U);
  EXPECT_NE(message({64, 160, 500, 2, 2, 4, 3, 14}).find("key/value heads"), std::string::npos);
  EXPECT_NE(message({64, 160, 500, 2, 2, 4, 4, 15}).find("rope.dimension_count"),
            std::string::npos);
  EXPECT_NE(message({64, 160, 500, 2, 2, 4, 4, 18}).find("rope.dimension_count"),
            std::string::npos);
  EXPECT_NE(message({256, 1, 2, 1, 1, 1, 1, 2}).find("heads are 256 wide"), std::string::npos);
}

TEST(MoonshineFile, MissingAndMisshapenTensorsAreNamed) {
  // The writer's model has two layers; the keys then promise three.
  const Result<std::vector<std::byte>> bytes = [] {
    format::GgufWriter writer = test::random_moonshine(kSmall);
    return writer.write_to_memory();
  }();
  ASSERT_TRUE(bytes);
  const auto with_key = [&](std::string_view key, std::uint32_t value) {
    std::vector<std::byte> changed = *bytes;
    const auto text = std::as_bytes(std::span(key.data(), key.size()));
    const auto at = std::search(changed.begin(), changed.end(), text.begin(), text.end());
    EXPECT_NE(at, changed.end());
    // A u32 value follows the key's name and the value's type.
    std::memcpy(&*at + key.size() + 4, &value, sizeof value);
    const Result<format::Gguf> file = format::Gguf::parse("bad.gguf", changed);
    EXPECT_TRUE(file);
    const auto model = Moonshine::load(*file, Isa::kScalar);
    EXPECT_FALSE(model);
    return model ? std::string() : model.error().message;
  };
  EXPECT_EQ(with_key("moonshine.encoder.block_count", 3),
            "bad.gguf: tensor encoder.blk.2.attn_norm.weight is missing");
  EXPECT_EQ(with_key("moonshine.vocab_size", 499),
            "bad.gguf: tensor decoder.token_embd.weight is [500, 64], expected [499, 64]");
  EXPECT_NE(with_key("moonshine.encoder.block_count", 4'000'000'000).find("expected 1 to 128"),
            std::string::npos);
  EXPECT_NE(with_key("tokenizer.ggml.eos_token_id", 500).find("expected 0 to 499"),
            std::string::npos);
}

TEST(MoonshineFile, AWeightThatIsNotANumberIsNamed) {
  Result<std::vector<std::byte>> bytes = test::random_moonshine(kSmall).write_to_memory();
  ASSERT_TRUE(bytes);
  const float nan = std::nanf("");
  std::memcpy(bytes->data() + bytes->size() - 64 * 4, &nan, sizeof nan);  // decoder.output_norm
  const Result<format::Gguf> file = format::Gguf::parse("bad.gguf", *bytes);
  ASSERT_TRUE(file);
  const auto model = Moonshine::load(*file, Isa::kScalar);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().message,
            "bad.gguf: tensor decoder.output_norm.weight holds a value that is not finite");
}

}  // namespace
}  // namespace sotto::models
