#include "lib/tensor/blocks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace sotto::tensor {
namespace {

constexpr std::size_t kSmall = 32;   // values of a block of the older types
constexpr std::size_t kLarge = 256;  // of the "K" types
constexpr std::size_t kPart = 32;    // of a K block that share a scale and a minimum
constexpr std::size_t kScaleBytes = 12;

// Reads the fields of a block one after the other.
class Fields {
 public:
  explicit Fields(const std::byte* from) : from_(from) {}

  float half() noexcept { return f16_to_f32(number<std::uint16_t>()); }
  template <typename T>
  T number() noexcept {
    T value;
    std::memcpy(&value, from_, sizeof(T));
    from_ += sizeof(T);
    return value;
  }
  const std::byte* bytes(std::size_t count) noexcept {
    const std::byte* at = from_;
    from_ += count;
    return at;
  }

 private:
  const std::byte* from_;
};

constexpr unsigned lower(std::byte b) noexcept { return std::to_integer<unsigned>(b) & 0xFU; }
constexpr unsigned upper(std::byte b) noexcept { return std::to_integer<unsigned>(b) >> 4; }

float value(unsigned q) noexcept { return static_cast<float>(static_cast<int>(q)); }

// The four types of 4 and 5 bits: x = d (q - centre) + m.
template <bool has_min, bool has_high_bits>
void small_block(const std::byte* from, float* to) noexcept {
  Fields in(from);
  const float d = in.half();
  const float m = has_min ? in.half() : 0.0F;
  const std::uint32_t high = has_high_bits ? in.number<std::uint32_t>() : 0;
  const std::byte* low = in.bytes(kSmall / 2);
  constexpr float kCentre = has_min ? 0.0F : has_high_bits ? 16.0F : 8.0F;
  for (unsigned i = 0; i < kSmall / 2; ++i) {
    const unsigned first = lower(low[i]) | (high >> i & 1U) << 4;
    const unsigned second = upper(low[i]) | (high >> (i + 16) & 1U) << 4;
    to[i] = d * (value(first) - kCentre);
    to[i + kSmall / 2] = d * (value(second) - kCentre);
    if (has_min) {
      to[i] += m;
      to[i + kSmall / 2] += m;
    }
  }
}

void q8_0(const std::byte* from, float* to) noexcept {
  Fields in(from);
  const float d = in.half();
  for (std::size_t i = 0; i < kSmall; ++i) to[i] = d * static_cast<float>(in.number<std::int8_t>());
}

// Eight pairs of 6 bits in 12 bytes. The first four scales and minima are the lower 6 bits of bytes
// 0 to 3 and 4 to 7; of the others the lower 4 bits are the nibbles of bytes 8 to 11, and the upper
// two those that the first eight bytes have left.
struct ScaleAndMin {
  unsigned scale, min;
};
ScaleAndMin scale_and_min(const std::byte* packed, std::size_t j) noexcept {
  const auto at = [packed](std::size_t i) { return std::to_integer<unsigned>(packed[i]); };
  if (j < 4) return {at(j) & 63U, at(j + 4) & 63U};
  return {lower(packed[j + 4]) | at(j - 4) >> 6 << 4, upper(packed[j + 4]) | at(j) >> 6 << 4};
}

template <bool has_high_bits>
void large_block(const std::byte* from, float* to) noexcept {
  Fields in(from);
  const float d = in.half();
  const float m = in.half();
  const std::byte* packed = in.bytes(kScaleBytes);
  const std::byte* high = has_high_bits ? in.bytes(kPart) : nullptr;
  const std::byte* low = in.bytes(kLarge / 2);
  for (std::size_t j = 0; j < kLarge / kPart; ++j) {
    const ScaleAndMin part = scale_and_min(packed, j);
    const float scale = d * value(part.scale);
    const float min = m * value(part.min);
    const std::byte* group = low + j / 2 * kPart;
    for (std::size_t i = 0; i < kPart; ++i) {
      unsigned q = j % 2 == 0 ? lower(group[i]) : upper(group[i]);
      if (has_high_bits) q |= (std::to_integer<unsigned>(high[i]) >> j & 1U) << 4;
      to[j * kPart + i] = scale * value(q) - min;
    }
  }
}

void q6_k(const std::byte* from, float* to) noexcept {
  constexpr std::size_t kHalf = kLarge / 2;
  constexpr std::size_t kScaled = 16;  // values that share a scale
  Fields in(from);
  const std::byte* low = in.bytes(kLarge / 2);
  const std::byte* high = in.bytes(kLarge / 4);
  const std::byte* scales = in.bytes(kLarge / kScaled);
  const float d = in.half();
  for (std::size_t half = 0; half < 2; ++half) {
    for (std::size_t i = 0; i < kHalf; ++i) {
      const std::byte both = low[half * 64 + i % 64];
      const unsigned nibble = i < 64 ? lower(both) : upper(both);
      const unsigned bits = std::to_integer<unsigned>(high[half * 32 + i % 32]) >> (2 * (i / 32));
      const auto scale = static_cast<std::int8_t>(scales[(half * kHalf + i) / kScaled]);
      const float q = value(nibble | (bits & 3U) << 4) - 32.0F;
      to[half * kHalf + i] = d * static_cast<float>(scale) * q;
    }
  }
}

// 1 / d, or 0 where that is no finite number: every q is then that of x = 0.
float inverse(float d) noexcept {
  const float inverse = 1.0F / d;
  return std::isfinite(inverse) ? inverse : 0.0F;
}

std::byte* put_half(float value, std::byte* to) noexcept {
  const std::uint16_t half = f32_to_f16(value);
  std::memcpy(to, &half, sizeof(half));
  return to + sizeof(half);
}

void to_q8_0(const float* from, std::byte* to) noexcept {
  float most = 0.0F;
  for (std::size_t i = 0; i < kSmall; ++i) most = std::max(most, std::fabs(from[i]));
  const float d = most / 127.0F;
  const float scale = inverse(d);
  to = put_half(d, to);
  for (std::size_t i = 0; i < kSmall; ++i) {
    to[i] = static_cast<std::byte>(static_cast<std::int8_t>(std::round(from[i] * scale)));
  }
}

// The nearest whole number that Q4_0 has.
int fourth(float x) noexcept {
  return static_cast<int>(std::clamp(std::nearbyint(x), -8.0F, 7.0F));
}

// The scale of the least squared error, each number's weighed by sqrt(x^2 + the mean of all x^2):
// large ones matter more. Unweighed, q4_0 of whisper-tiny.en-standin has 34.1 % of words wrong on
// average over four instruction sets' roundings, weighed 33.5 % (test-other, 50 clips).
void to_q4_0(const float* from, std::byte* to) noexcept {
  float most = 0.0F;  // the first of the largest, with its sign
  double mean = 0.0;
  for (std::size_t i = 0; i < kSmall; ++i) {
    if (std::fabs(from[i]) > std::fabs(most)) most = from[i];
    mean += double{from[i]} * from[i] / kSmall;
  }
  float d = most / -8.0F;
  double best = 0.0;
  for (int tenths = 70; tenths <= 90; ++tenths) {
    const float scale = inverse(most / (-0.1F * static_cast<float>(tenths)));
    double xq = 0.0, qq = 0.0;
    for (std::size_t i = 0; i < kSmall; ++i) {
      const double q = fourth(from[i] * scale);
      const double weight = std::sqrt(double{from[i]} * from[i] + mean);
      xq += weight * from[i] * q;
      qq += weight * q * q;
    }
    if (!(std::fabs(xq) <= kMostHalf * qq)) continue;  // no f16 holds that d
    // With these numbers the error is least where d = xq / qq, and then a constant less xq^2 / qq.
    if (qq > 0.0 && xq * xq > best * qq) {
      best = xq * xq / qq;
      d = static_cast<float>(xq / qq);
    }
  }
  to = put_half(d, to);
  const float scale = inverse(f16_to_f32(f32_to_f16(d)));
  const auto nibble = [&](std::size_t i) {
    return static_cast<unsigned>(fourth(from[i] * scale) + 8);
  };
  for (std::size_t i = 0; i < kSmall / 2; ++i) {
    to[i] = static_cast<std::byte>(nibble(i) | nibble(i + kSmall / 2) << 4);
  }
}

using OneBlock = void (*)(const std::byte*, float*) noexcept;

OneBlock reader(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::kQ4_0: return small_block<false, false>;
    case Dtype::kQ4_1: return small_block<true, false>;
    case Dtype::kQ5_0: return small_block<false, true>;
    case Dtype::kQ5_1: return small_block<true, true>;
    case Dtype::kQ8_0: return q8_0;
    case Dtype::kQ4_K: return large_block<false>;
    case Dtype::kQ5_K: return large_block<true>;
    case Dtype::kQ6_K: return q6_k;
    default: return nullptr;
  }
}

using MakeBlock = void (*)(const float*, std::byte*) noexcept;

MakeBlock writer(Dtype dtype) noexcept {
  switch (dtype) {
    case Dtype::kQ4_0: return to_q4_0;
    case Dtype::kQ8_0: return to_q8_0;
    default: return nullptr;
  }
}

}  // namespace

bool is_quantised(Dtype dtype) noexcept { return reader(dtype) != nullptr; }

void dequantise(Dtype dtype, const std::byte* from, std::size_t blocks, float* to) noexcept {
  const OneBlock read = reader(dtype);
  if (read == nullptr) return;
  const Block size = block(dtype);
  for (std::size_t i = 0; i < blocks; ++i) read(from + i * size.bytes, to + i * size.elements);
}

bool is_quantisable(Dtype dtype) noexcept { return writer(dtype) != nullptr; }

void quantise(Dtype dtype, const float* from, std::size_t blocks, std::byte* to) noexcept {
  const MakeBlock write = writer(dtype);
  if (write == nullptr) return;
  const Block size = block(dtype);
  for (std::size_t i = 0; i < blocks; ++i) write(from + i * size.elements, to + i * size.bytes);
}

}  // namespace sotto::tensor
