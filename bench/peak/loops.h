// The loops that peak.cc times, one file for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "bench/peak/peak.h"

namespace sotto::bench {

// Runs `turns` turns of independent multiply-adds; returns something of their results, so that none
// can be left out.
using Compute = float (*)(std::size_t turns) noexcept;
struct ComputeLoop {
  Product product;
  kernels::Isa isa;
  std::string_view name;
  std::size_t operations;  // of a turn
  Compute run;
};

// Reads `bytes` from `data`, a multiple of 1024 at a multiple of 64.
using Read = std::uint64_t (*)(const std::byte* data, std::size_t bytes) noexcept;
struct ReadLoop {
  kernels::Isa isa;
  std::string_view name;
  Read run;
};

// Registers that are summed into independently: enough for a latency of 5 on two ports.
inline constexpr std::size_t kChains = 12;

// The same of AMX's tiles of 16 x 16 sums.
inline constexpr std::size_t kTiles = 4;

float f32_scalar(std::size_t turns) noexcept;
float f32_avx2(std::size_t turns) noexcept;
float f32_avx512(std::size_t turns) noexcept;
float bf16_avx512bf16(std::size_t turns) noexcept;
float int8_avx2(std::size_t turns) noexcept;
float int8_avxvnni(std::size_t turns) noexcept;
float int8_avx512vnni(std::size_t turns) noexcept;
float bf16_amx(std::size_t turns) noexcept;
float int8_amx(std::size_t turns) noexcept;
float f32_neon(std::size_t turns) noexcept;
float int8_neon(std::size_t turns) noexcept;
float int8_neondot(std::size_t turns) noexcept;
float int8_neoni8mm(std::size_t turns) noexcept;

std::uint64_t read_scalar(const std::byte* data, std::size_t bytes) noexcept;
std::uint64_t read_avx2(const std::byte* data, std::size_t bytes) noexcept;
std::uint64_t read_avx512(const std::byte* data, std::size_t bytes) noexcept;
std::uint64_t read_neon(const std::byte* data, std::size_t bytes) noexcept;

}  // namespace sotto::bench
