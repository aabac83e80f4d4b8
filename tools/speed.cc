#include "tools/speed.h"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <string_view>
#include <utility>

#include "bench/peak/peak.h"

namespace sotto::tools {
namespace {

using nlohmann::ordered_json;

using Figure = std::optional<double> Figures::*;

double real(std::size_t value) { return static_cast<double>(value); }

std::optional<double> ratio(double a, double b) {
  return b > 0 ? std::optional(a / b) : std::nullopt;
}
std::optional<double> ratio(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b ? ratio(*a, *b) : std::nullopt;
}

void add(const StageTiming& from, StageTiming& to) {
  to.seconds += from.seconds;
  to.tokens += from.tokens;
  to.operations += from.operations;
  to.bytes += from.bytes;
  to.arithmetic = from.arithmetic;
}

struct Spread {
  double least, median, most;
};

std::optional<Spread> spread(const Speed& speed, Figure figure) {
  std::vector<double> values;
  for (const RunTotals& run : speed.runs) {
    if (const std::optional<double> value = run.figures().*figure) values.push_back(*value);
  }
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return Spread{values.front(), median, values.back()};
}

std::optional<double> median(const Speed& speed, Figure figure) {
  const std::optional<Spread> of = spread(speed, figure);
  return of ? std::optional(of->median) : std::nullopt;
}

ordered_json or_null(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

bench::Product product_of(Arithmetic arithmetic) {
  switch (arithmetic) {
    case Arithmetic::kBF16: return bench::Product::kBf16;
    case Arithmetic::kInt8: return bench::Product::kInt8;
    case Arithmetic::kF32: break;
  }
  return bench::Product::kF32;
}

constexpr std::pair<const char*, Figure> kSpreads[] = {
    {"rtf", &Figures::rtf},
    {"frontend.ms", &Figures::frontend_ms},
    {"encode.ms", &Figures::encode_ms},
    {"cross_kv.ms", &Figures::cross_kv_ms},
    {"prompt.ms_per_token", &Figures::prompt_ms_per_token},
    {"decode.ms_per_token", &Figures::decode_ms_per_token},
    {"first_token_ms", &Figures::first_token_ms},
    {"total_ms", &Figures::total_ms},
};

ordered_json details(const Speed& speed) {
  ordered_json json = {{"runs", speed.runs.size()}};
  for (const auto& [name, figure] : kSpreads) {
    const std::optional<Spread> of = spread(speed, figure);
    json["spread"][name] = of ? ordered_json({of->least, of->most}) : ordered_json();
  }
  json["arithmetic"] = name(product_of(speed.runs.front().arithmetic()));
  json["peak_gflops"] = or_null(speed.limits.gflops);
  json["bandwidth_gbps"] = or_null(speed.limits.gbps);
  json["step_bytes"] = speed.runs.front().step_bytes();
  json["kernels"] = speed.setup.kernels;
  const MachineState& machine = speed.setup.machine;
  if (machine.governor) json["governor"] = *machine.governor;
  if (machine.temperature_celsius) json["temperature_celsius"] = *machine.temperature_celsius;
  if (machine.throttled) json["throttled"] = *machine.throttled;
  return json;
}

template <typename... Args>
std::string print(const char* format, Args... args) {
  char line[256];
  std::snprintf(line, sizeof line, format, args...);
  return line;
}

// "  (81 % of 245 GFLOP/s)", or nothing.
std::string share_text(const std::optional<double>& of, const std::optional<double>& limit,
                       const char* unit) {
  if (!of) return "";
  std::string text = print(", %.1f %s", *of, unit);
  if (const std::optional<double> share = ratio(of, limit)) {
    text += print(", %.0f %% of %.1f", 100 * *share, *limit);
  }
  return text;
}

}  // namespace

void RunTotals::add(const Transcript& transcript, const std::optional<std::size_t>& allocations) {
  const Timings& from = transcript.timings;
  timings_.frontend_seconds += from.frontend_seconds;
  tools::add(from.encode, timings_.encode);
  tools::add(from.cross_kv, timings_.cross_kv);
  tools::add(from.prompt, timings_.prompt);
  tools::add(from.decode, timings_.decode);
  timings_.first_token_seconds += from.first_token_seconds;
  audio_seconds_ += transcript.audio_seconds;
  total_seconds_ += transcript.total_seconds;
  ++transcripts_;
  if (allocations) allocations_ = allocations_.value_or(0) + *allocations;
}

Figures RunTotals::figures() const {
  const Timings& t = timings_;
  Figures f;
  f.rtf = ratio(total_seconds_, audio_seconds_);
  f.frontend_ms = t.frontend_seconds * 1e3;
  f.encode_ms = t.encode.seconds * 1e3;
  f.encode_gflops = ratio(t.encode.operations / 1e9, t.encode.seconds);
  f.cross_kv_ms = t.cross_kv.seconds * 1e3;
  f.prompt_ms_per_token = ratio(t.prompt.seconds * 1e3, real(t.prompt.tokens));
  f.decode_ms_per_token = ratio(t.decode.seconds * 1e3, real(t.decode.tokens));
  if (t.decode.tokens > 0) f.decode_gbps = ratio(t.decode.bytes / 1e9, t.decode.seconds);
  if (t.first_token_seconds > 0) {
    f.first_token_ms = ratio(t.first_token_seconds * 1e3, real(transcripts_));
  }
  f.total_ms = total_seconds_ * 1e3;
  if (allocations_) f.allocations = real(*allocations_);
  return f;
}

double RunTotals::step_bytes() const {
  return ratio(timings_.decode.bytes, real(timings_.decode.tokens)).value_or(0);
}

Limits measure_limits(const RunTotals& run, const std::string& instruction_set, unsigned threads) {
  const kernels::Isa cap = kernels::parse_isa(instruction_set).value_or(kernels::Isa::kScalar);
  const auto giga = [](const bench::Rate& rate) {
    return rate.per_second > 0 ? std::optional(rate.per_second / 1e9) : std::nullopt;
  };
  Limits limits;
  limits.gflops = giga(bench::measure_peak(product_of(run.arithmetic()), cap, threads));
  if (run.step_bytes() > 0) {
    limits.gbps =
        giga(bench::measure_read(static_cast<std::size_t>(run.step_bytes()), cap, threads));
  }
  return limits;
}

std::string weight_type(const ModelInfo& model) {
  std::map<std::string, double> elements;
  for (const auto& [name, shape] : model.tensors) {  // "F16 [128, 512]"
    double count = 1;
    for (std::size_t at = shape.find('['); at != std::string::npos && at + 1 < shape.size();
         at = shape.find(',', at + 1)) {
      count *= std::strtod(shape.c_str() + at + 1, nullptr);
    }
    std::string type = shape.substr(0, shape.find(' '));
    std::ranges::transform(type, type.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    elements[type] += count;
  }
  const auto most =
      std::ranges::max_element(elements, {}, [](const auto& entry) { return entry.second; });
  return most == elements.end() ? "" : most->first;
}

ordered_json to_json(const Speed& speed) {
  const Setup& s = speed.setup;
  const auto of = [&](Figure figure) { return or_null(median(speed, figure)); };
  const std::optional<double> gflops = median(speed, &Figures::encode_gflops);
  const std::optional<double> gbps = median(speed, &Figures::decode_gbps);
  ordered_json json = {{"model", s.model},
                       {"type", s.type},
                       {"threads", s.threads},
                       {"isa", s.isa},
                       {"audio_seconds", s.audio_seconds},
                       {"rtf", of(&Figures::rtf)},
                       {"load_ms", s.load_ms}};
  json["frontend"]["ms"] = of(&Figures::frontend_ms);
  json["encode"]["ms"] = of(&Figures::encode_ms);
  json["encode"]["gflops"] = or_null(gflops);
  json["encode"]["share_of_peak"] = or_null(ratio(gflops, speed.limits.gflops));
  json["cross_kv"]["ms"] = of(&Figures::cross_kv_ms);
  json["prompt"]["ms_per_token"] = of(&Figures::prompt_ms_per_token);
  json["decode"]["ms_per_token"] = of(&Figures::decode_ms_per_token);
  json["decode"]["gbps"] = or_null(gbps);
  json["decode"]["share_of_bandwidth"] = or_null(ratio(gbps, speed.limits.gbps));
  json["first_token_ms"] = of(&Figures::first_token_ms);
  json["total_ms"] = of(&Figures::total_ms);
  json["peak_rss_bytes"] = s.peak_rss_bytes;
  json["weights_bytes"] = s.weights_bytes;
  json["arena_bytes"] = s.arena_bytes;
  const std::optional<double> allocations = median(speed, &Figures::allocations);
  json["allocations_after_load"] =
      allocations ? ordered_json(static_cast<std::size_t>(*allocations)) : ordered_json();
  json["details"] = details(speed);
  return json;
}

std::string to_text(const Speed& speed) {
  const Setup& s = speed.setup;
  std::string text =
      print("%s, %s, %s, %u thread%s: %.2f s of sound, %zu run%s, loaded in %.1f ms\n",
            s.model.c_str(), s.type.c_str(), s.isa.c_str(), s.threads, s.threads == 1 ? "" : "s",
            s.audio_seconds, speed.runs.size(), speed.runs.size() == 1 ? "" : "s", s.load_ms);
  const std::string arithmetic(name(product_of(speed.runs.front().arithmetic())));
  const std::string operations = arithmetic == "int8" ? "Gop/s" : "GFLOP/s";
  for (const auto& [label, figure] : kSpreads) {
    const std::optional<Spread> of = spread(speed, figure);
    if (!of) {
      text += print("  %-20s %10s\n", label, "-");
      continue;
    }
    text += print("  %-20s %10.4g  (%.4g to %.4g)", label, of->median, of->least, of->most);
    if (figure == &Figures::encode_ms) {
      text += share_text(median(speed, &Figures::encode_gflops), speed.limits.gflops,
                         (operations + " " + arithmetic).c_str());
    } else if (figure == &Figures::decode_ms_per_token) {
      text += share_text(median(speed, &Figures::decode_gbps), speed.limits.gbps, "GB/s");
    }
    text += "\n";
  }
  const auto mib = [](std::size_t bytes) { return real(bytes) / (1 << 20); };
  text += print("  memory: %.1f MiB peak, %.1f weights, %.1f arena", mib(s.peak_rss_bytes),
                mib(s.weights_bytes), mib(s.arena_bytes));
  if (const auto allocations = median(speed, &Figures::allocations)) {
    text += print("; %.0f allocations a run", *allocations);
  }
  text += "\n  kernels:";
  for (const std::string& kernel : s.kernels) {
    text += (&kernel == s.kernels.data() ? " " : ", ") + kernel;
  }
  text += "\n";
  if (s.machine.governor) text += print("  governor: %s\n", s.machine.governor->c_str());
  if (s.machine.temperature_celsius) {
    text += print("  temperature: %.1f C\n", *s.machine.temperature_celsius);
  }
  if (s.machine.throttled) text += print("  throttled: %s\n", s.machine.throttled->c_str());
  return text;
}

}  // namespace sotto::tools
