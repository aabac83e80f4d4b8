// A block of keys and values as attention_q8 reads it, and the scale of numbers that share one.
#pragma once

#include <cmath>
#include <limits>

#include "kernels/quantize_kv/quantize_kv.h"

namespace sotto::kernels::quantize_kv {
namespace {

// The parts of a block; Byte is const or not.
template <typename Byte>
struct Block {
  template <typename T>
  using Part = std::conditional_t<std::is_const_v<Byte>, const T, T>;

  [[gnu::always_inline]] inline Block(Byte* p, Layout l) noexcept
      : key_scales(reinterpret_cast<Part<float>*>(p + l.key_scales())),
        key_offsets(reinterpret_cast<Part<std::int32_t>*>(p + l.key_offsets())),
        value_scales(reinterpret_cast<Part<float>*>(p + l.value_scales())),
        keys(reinterpret_cast<Part<std::int8_t>*>(p + l.keys())),
        values(reinterpret_cast<Part<std::int8_t>*>(p + l.values())) {}

  Part<float>* key_scales;
  Part<std::int32_t>* key_offsets;
  Part<float>* value_scales;
  Part<std::int8_t>* keys;
  Part<std::int8_t>* values;
};

// Of numbers whose largest magnitude is `most`, infinity or NaN among them or not.
struct Scale {
  float scale;   // of a step
  float factor;  // steps of 1

  [[gnu::always_inline]] inline explicit Scale(float most) noexcept {
    const bool finite = most <= std::numeric_limits<float>::max();
    const bool zero = most < kSmallest;
    scale = !finite ? std::numeric_limits<float>::quiet_NaN() : zero ? 0.0F : most / 127.0F;
    factor = !finite || zero ? 0.0F : 127.0F / most;
  }
};

}  // namespace
}  // namespace sotto::kernels::quantize_kv
