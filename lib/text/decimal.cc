#include "lib/text/decimal.h"

#include <algorithm>
#include <utility>

#include "lib/text/unicode.h"

namespace sotto::text {
namespace {

constexpr std::size_t kMostDigits = 4300;  // sys.set_int_max_str_digits()

// In ASCII. Nothing where `text` holds something else than decimal digits.
std::optional<std::u32string> ascii_digits(std::u32string_view text) {
  std::u32string digits;
  for (const char32_t code : text) {
    const int digit = decimal_digit(code);
    if (digit < 0) return std::nullopt;
    digits += U'0' + static_cast<char32_t>(digit);
  }
  return digits;
}

std::u32string without_leading_zeros(std::u32string digits) {
  digits.erase(0, std::min(digits.find_first_not_of(U'0'), digits.size()));
  return digits.empty() ? U"0" : digits;
}

// a + b, digit by digit.
std::u32string sum(std::u32string a, std::u32string_view b) {
  if (a.size() < b.size()) a.insert(0, b.size() - a.size(), U'0');
  char32_t carry = 0;
  for (std::size_t i = 0; i < a.size() && (i < b.size() || carry != 0); ++i) {
    char32_t& digit = a[a.size() - 1 - i];
    const char32_t other = i < b.size() ? b[b.size() - 1 - i] - U'0' : 0;
    const char32_t value = digit - U'0' + other + carry;
    digit = U'0' + value % 10;
    carry = value / 10;
  }
  if (carry != 0) a.insert(0, 1, U'1');
  return a;
}

}  // namespace

std::u32string decimal_text(unsigned value) {
  const std::string digits = std::to_string(value);
  return {digits.begin(), digits.end()};
}

Decimal::Decimal(unsigned value) : digits_(decimal_text(value)) {}

Decimal Decimal::power_of_ten(std::size_t exponent) {
  return Decimal(U'1' + std::u32string(exponent, U'0'));
}

Decimal Decimal::from_digits(std::u32string_view digits) {
  return Decimal(without_leading_zeros(ascii_digits(digits).value_or(U"0")));
}

std::optional<Decimal> Decimal::scaled(std::u32string_view text, std::size_t exponent) {
  const std::size_t point = std::min(text.find(U'.'), text.size());
  const auto whole = ascii_digits(text.substr(0, point));
  auto fraction = ascii_digits(text.substr(std::min(point + 1, text.size())));
  if (!whole || !fraction || whole->size() + fraction->size() == 0) return std::nullopt;
  if (std::max(whole->size(), fraction->size()) > kMostDigits) return std::nullopt;
  fraction->erase(fraction->find_last_not_of(U'0') + 1);
  if (fraction->size() > exponent) return std::nullopt;
  fraction->resize(exponent, U'0');
  return Decimal(without_leading_zeros(*whole + *fraction));
}

bool Decimal::ends_in_zeros(std::size_t zeros) const noexcept {
  if (is_zero()) return true;
  return digits_.size() > zeros && digits_.find_last_not_of(U'0') < digits_.size() - zeros;
}

void Decimal::add_to_zeros(unsigned addend) {
  const std::u32string last = decimal_text(addend);
  if (is_zero()) {
    digits_ = last;
  } else {
    digits_.replace(digits_.size() - last.size(), last.size(), last);
  }
}

void Decimal::multiply_last_three(std::size_t exponent) {
  const std::size_t kept = digits_.size() > 3 ? digits_.size() - 3 : 0;
  std::u32string product = without_leading_zeros(digits_.substr(kept));
  if (product != U"0") product.append(exponent, U'0');
  if (kept == 0) {
    digits_ = std::move(product);
    return;
  }
  digits_.replace(kept, 3, U"000");
  digits_ = sum(std::move(digits_), product);
}

}  // namespace sotto::text
