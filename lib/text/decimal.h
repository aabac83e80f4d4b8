// A number of any size as its decimal digits, with what reading numbers aloud needs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sotto::text {

// Not negative; without zeros in front, and "0" itself.
class Decimal {
 public:
  explicit Decimal(unsigned value);
  static Decimal power_of_ten(std::size_t exponent);
  // Decimal digits of any script. Requires: not empty, and only digits.
  static Decimal from_digits(std::u32string_view digits);
  // text * 10^exponent, where `text` is "12", "1.2", "1." or ".2" and that is an integer. Nothing
  // also for more than 4300 digits on a side, as Python's int() takes no more.
  static std::optional<Decimal> scaled(std::u32string_view text, std::size_t exponent);

  const std::u32string& digits() const noexcept { return digits_; }
  bool is_zero() const noexcept { return digits_ == U"0"; }
  // Whether the number is a multiple of 10^zeros.
  bool ends_in_zeros(std::size_t zeros) const noexcept;
  // Requires: addend < 10^zeros and ends_in_zeros(zeros).
  void add_to_zeros(unsigned addend);
  // The last three digits times 10^exponent, and the digits before them as they are.
  void multiply_last_three(std::size_t exponent);

 private:
  explicit Decimal(std::u32string digits) : digits_(std::move(digits)) {}
  std::u32string digits_;
};

std::u32string decimal_text(unsigned value);

}  // namespace sotto::text
