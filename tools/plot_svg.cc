#include "tools/plot_svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>
#include <vector>

#include "tools/display_text.h"

namespace sotto::tools {
namespace {

// Lengths in the picture's units, which are pixels where it is not scaled.
constexpr double kWidth = 1240;
constexpr double kMargin = 32;
constexpr double kPanel = kWidth - 2 * kMargin;  // of a row's sound
constexpr double kHead = 92;
constexpr double kAxis = 18;  // above the wave
constexpr double kWave = 96;
constexpr double kBarsGap = 8;
constexpr double kBars = 22;
constexpr double kTitle = 19;  // font sizes
constexpr double kLabel = 12;
constexpr double kSmall = 11;
constexpr double kLane = 16;
constexpr double kLaneGap = 2;
constexpr std::size_t kMostLanes = 4;
constexpr double kRowGap = 30;
constexpr double kLeader = 4;        // between a leader and its text
constexpr double kTickSpacing = 72;  // at least, between labelled ticks
constexpr double kLateSeconds = 31;  // a window's padding, which times may reach into
constexpr std::string_view kDot = " \xC2\xB7 ";

constexpr std::string_view kStyle = R"css(
.sotto{font-family:system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
.sotto-bg{fill:#fcfcfa}.sotto-panel{fill:#f1f1ed}.sotto-wave{fill:#59616e}
.sotto-mid,.sotto-grid{stroke:#d3d4d0;stroke-width:1}.sotto-tick,.sotto-note{fill:#666b75}
.sotto-track{fill:#e6e7e3}.sotto-unsure{fill:#9a9ea6}.sotto-segment{stroke:#8b9099;stroke-width:2}
.sotto-hatch{stroke:#b9bcb8;stroke-width:1.5}.sotto-leader{stroke:#b4b7bd;stroke-width:1}
.sotto-title,.sotto-word{fill:#22252b}.sotto-word{stroke:#fcfcfa;stroke-width:3;paint-order:stroke}
.sotto-halo{stroke:#f1f1ed;stroke-width:4;paint-order:stroke}
@media (prefers-color-scheme:dark){
.sotto-bg{fill:#15171b}.sotto-panel{fill:#1e2127}.sotto-wave{fill:#a3abb8}
.sotto-mid,.sotto-grid{stroke:#353941}.sotto-tick,.sotto-note{fill:#9aa0ab}
.sotto-track{fill:#292d34}.sotto-unsure{fill:#70757f}.sotto-segment{stroke:#7d838e}
.sotto-hatch{stroke:#454a53}.sotto-leader{stroke:#50555f}
.sotto-title,.sotto-word{fill:#e8e9ec}.sotto-word{stroke:#15171b}.sotto-halo{stroke:#1e2127}}
)css";

struct Stop {
  double at;
  std::array<int, 3> rgb;
};
constexpr std::array<Stop, 4> kStops = {
    {{0.0, {200, 70, 20}}, {0.5, {230, 159, 0}}, {0.75, {138, 152, 168}}, {1.0, {0, 114, 178}}}};

std::string text_of(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

// A length: to a tenth, without a needless ".0".
std::string length(double value) {
  std::string text = text_of("%.1f", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string seconds_of(double value) { return text_of("%.3f", value); }

// "1:05", "1:00:05"; with tenths where ticks are closer than a second.
std::string clock(double seconds, bool tenths) {
  const long long all = std::llrint(seconds * 10);
  const long long whole = all / 10;
  char text[64];
  int n = 0;
  if (whole >= 3600) {
    n = std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60,
                      whole % 60);
  } else {
    n = std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  }
  if (tenths) {
    std::snprintf(text + n, sizeof text - static_cast<std::size_t>(n), ".%lld", all % 10);
  }
  return text;
}

// Elements, appended.
class Writer {
 public:
  Writer& raw(std::string_view markup) {
    out_.append(markup);
    return *this;
  }
  Writer& attribute(std::string_view name, std::string_view value) {
    out_.append(" ").append(name).append("=\"").append(value).append("\"");
    return *this;
  }
  Writer& attribute(std::string_view name, double value) { return attribute(name, length(value)); }
  Writer& text(std::string_view from_outside) {
    out_.append(xml_text(from_outside));
    return *this;
  }
  // `below` is a line of our own.
  Writer& tip(std::string_view from_outside, std::string_view below = "") {
    raw("<title>").text(from_outside).raw(below.empty() ? "" : "\n");
    return raw(below).raw("</title>");
  }
  Writer& rectangle(std::string_view kind, double x, double y, double width, double height) {
    raw("<rect").attribute("class", kind).attribute("x", x).attribute("y", y);
    return attribute("width", width).attribute("height", height);
  }
  Writer& line(std::string_view kind, double x1, double y1, double x2, double y2) {
    raw("<line").attribute("class", kind).attribute("x1", x1).attribute("y1", y1);
    return attribute("x2", x2).attribute("y2", y2).raw("/>\n");
  }
  // Opens a text; the words and </text> follow.
  Writer& label(std::string_view kind, double x, double y, double size, const char* anchor) {
    raw("<text").attribute("class", kind).attribute("x", x).attribute("y", y);
    attribute("font-size", size);
    if (std::string_view(anchor) != "start") attribute("text-anchor", anchor);
    return raw(">");
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// What is drawn as one bar: a word, or a segment without words.
struct Item {
  double start = 0;
  double end = 0;
  std::string text;  // printable()
  std::optional<double> probability;
  bool word = false;
};

struct Span {
  double start = 0;
  double end = 0;
};

std::string trimmed(std::string text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<Item> items_of(const SpokenText& text, double duration) {
  std::vector<Item> items;
  const auto add = [&](const Spoken& spoken, bool word) {
    if (spoken.start_seconds >= duration) return;
    items.push_back({spoken.start_seconds, std::min(spoken.end_seconds, duration),
                     trimmed(printable(spoken.text)), spoken.probability, word});
  };
  for (const SpokenSegment& segment : text.segments) {
    for (const Spoken& word : segment.words) add(word, true);
    if (segment.words.empty()) add(segment.spoken, false);
  }
  std::stable_sort(items.begin(), items.end(),
                   [](const Item& a, const Item& b) { return a.start < b.start; });
  return items;
}

std::vector<Span> pauses_of(const std::vector<Item>& items, double duration, double least) {
  std::vector<Span> pauses;
  double said = 0;
  const auto add = [&](double until) {
    if (until - said >= least) pauses.push_back({said, until});
  };
  for (const Item& item : items) {
    add(item.start);
    said = std::max(said, item.end);
  }
  add(duration);
  return pauses;
}

std::string describe(const Item& item) {
  std::string text = text_of("%.2f to ", item.start);
  text.append(text_of("%.2f s", item.end));
  if (item.probability) text.append(text_of(", confidence %.2f", *item.probability));
  return text;
}

// Extremes of the samples below each unit of a row's width, from -1 to 1 by the loudest of all.
class Envelope {
 public:
  explicit Envelope(const Sound& sound) : sound_(sound) {
    for (const float sample : sound.samples) peak_ = std::max(peak_, std::fabs(sample));
    if (!(peak_ > 0)) peak_ = 1;
  }

  std::pair<double, double> between(double start, double end) const {
    const std::size_t count = sound_.samples.size();
    const std::size_t first = std::min(index(start), count - 1);
    const std::size_t last = std::clamp(index(end), first + 1, count);
    const auto [low, high] = std::minmax_element(sound_.samples.begin() + offset(first),
                                                 sound_.samples.begin() + offset(last));
    return {*low / peak_, *high / peak_};
  }

 private:
  std::size_t index(double seconds) const {
    return static_cast<std::size_t>(seconds * sound_.sample_rate);
  }
  static std::ptrdiff_t offset(std::size_t index) { return static_cast<std::ptrdiff_t>(index); }

  const Sound& sound_;
  float peak_ = 0;
};

// A row's part of the sound and where it is in the picture.
struct Row {
  double start = 0;
  double end = 0;    // of what is in it
  double scale = 1;  // units a second
  double top = 0;

  double x(double seconds) const {
    return kMargin + (std::clamp(seconds, start, end) - start) * scale;
  }
  double width() const { return (end - start) * scale; }
  double wave() const { return top + kAxis; }
  double bars() const { return wave() + kWave + kBarsGap; }
  double words() const { return bars() + kBars + 4; }
  bool shows(double from, double to) const {
    return from < end && (to > start || (from == to && from >= start));
  }
  // Whether the larger part of a stretch is here, the first of equal ones.
  bool owns(const Item& item, double row_seconds) const {
    const double here = std::min(item.end, end) - std::max(item.start, start);
    const double before = start - item.start;
    const double after = item.end - end;
    return here >= std::min(after, row_seconds) &&
           (before <= 0 || here > std::min(before, row_seconds));
  }
};

void draw_axis(Writer& out, const Row& row) {
  constexpr std::array<double, 13> kSteps = {0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600};
  double step = 1800;
  for (const double each : kSteps) {
    if (each * row.scale < kTickSpacing) continue;
    step = each;
    break;
  }
  const bool tenths = step < 1;
  const double base = row.wave() + kWave;
  for (auto i = static_cast<long long>(std::ceil(row.start / step - 1e-6));
       static_cast<double>(i) * step <= row.end + 1e-6; ++i) {
    const double seconds = static_cast<double>(i) * step;
    const double x = row.x(seconds);
    out.line("sotto-grid", x, row.wave() - 4, x, base);
    // The first is flush with the panel, what would leave the picture ends with it.
    const char* anchor = x < kMargin + 12 ? "start" : x > kWidth - kMargin - 12 ? "end" : "middle";
    out.label("sotto-tick", x, row.wave() - 7, kSmall, anchor);
    out.raw(clock(seconds, tenths)).raw("</text>\n");
  }
}

// Along the highest samples and back along the lowest. Relative steps are short to write; they are
// differences of rounded places, so that no error adds up.
void draw_wave(Writer& out, const Row& row, const Envelope& envelope) {
  const double middle = row.wave() + kWave / 2;
  const double reach = kWave / 2 - 4;
  const auto columns = static_cast<std::size_t>(std::max(1.0, std::ceil(row.width())));
  std::vector<std::pair<long, long>> tenths;  // upper and lower edge
  for (std::size_t c = 0; c < columns; ++c) {
    const double from = row.start + static_cast<double>(c) / row.scale;
    const auto [low, high] = envelope.between(from, from + 1 / row.scale);
    long upper = std::lrint((middle - high * reach) * 10);
    long lower = std::lrint((middle - low * reach) * 10);
    if (lower - upper < 8) {  // silence is a thin line
      upper = std::min(upper, (upper + lower) / 2 - 4);
      lower = upper + 8;
    }
    tenths.emplace_back(upper, lower);
  }
  out.line("sotto-mid", kMargin, middle, kMargin + row.width(), middle);
  std::string path = "M";
  path.append(length(kMargin)).append(" ");
  path.append(length(static_cast<double>(tenths.front().first) / 10));
  long at = tenths.front().first;
  const auto step = [&](const char* x, long to) {
    const std::string y = length(static_cast<double>(to - at) / 10);
    path.append(x).append(y.front() == '-' ? "" : " ").append(y);
    at = to;
  };
  for (std::size_t c = 1; c < columns; ++c) step("l1", tenths[c].first);
  const std::string back = length(static_cast<double>(tenths.back().second - at) / 10);
  path.append("v").append(back);
  at = tenths.back().second;
  for (std::size_t c = columns - 1; c-- > 0;) step("l-1", tenths[c].second);
  out.raw("<path").attribute("class", "sotto-wave").attribute("d", path.append("z")).raw("/>\n");
}

void draw_pauses(Writer& out, const Row& row, std::span<const Span> pauses) {
  for (const Span& pause : pauses) {
    if (!row.shows(pause.start, pause.end)) continue;
    const double x = row.x(pause.start);
    const double width = row.x(pause.end) - x;
    out.raw("<g>").tip(text_of("pause of %.2f s", pause.end - pause.start));
    out.rectangle("sotto-pause", x, row.wave(), width, kWave);
    out.attribute("fill", "url(#sotto-hatch)").raw("/></g>\n");
  }
}

// Over the wave, where there is room: how long the pause is, which may go on in the next row.
void draw_pause_labels(Writer& out, const Row& row, std::span<const Span> pauses) {
  for (const Span& pause : pauses) {
    if (!row.shows(pause.start, pause.end)) continue;
    const double x = row.x(pause.start);
    const double width = row.x(pause.end) - x;
    if (width < 38) continue;
    out.label("sotto-note sotto-halo", x + width / 2, row.wave() + kWave - 8, kSmall, "middle");
    out.raw(text_of("%.1f s", pause.end - pause.start)).raw("</text>\n");
  }
}

void draw_segments(Writer& out, const Row& row, std::span<const SpokenSegment> segments) {
  for (const SpokenSegment& segment : segments) {
    const double start = segment.spoken.start_seconds;
    const double end = segment.spoken.end_seconds;
    if (!row.shows(start, end)) continue;
    const double y = row.wave() + kWave + kBarsGap / 2;
    const double from = row.x(start) + (start > row.start ? 1 : 0);
    out.raw("<line").attribute("class", "sotto-segment").attribute("x1", from);
    out.attribute("y1", y).attribute("x2", std::max(row.x(end) - 1, from)).attribute("y2", y);
    if (segment.truncated) out.attribute("stroke-dasharray", "3 3");
    out.raw(">");
    std::string tip = trimmed(printable(segment.spoken.text));
    if (segment.truncated) tip.append(" (cut short; words may be missing)");
    out.tip(tip).raw("</line>\n");
  }
}

void draw_bar(Writer& out, const Row& row, const Item& item) {
  const double x = row.x(item.start);
  const double width = std::max(row.x(item.end) - x - 0.5, 1.0);
  // As high as it is sure; never so low that it is not seen.
  const double height = std::max(kBars * item.probability.value_or(1), 3.0);
  out.rectangle(item.probability ? "sotto-bar" : "sotto-bar sotto-unsure", x,
                row.bars() + kBars - height, width, height);
  if (item.probability) out.attribute("fill", confidence_colour(*item.probability));
  out.attribute("rx", 1.5).raw("/>");
}

// Where a word's text is, and how much of it.
struct Label {
  const Item* item = nullptr;
  double x = 0;
  std::size_t lane = 0;
  double room = 0;    // width that the text may take, with the space before it
  std::string shown;  // may be empty
};

// Words that would overlap go to lanes below one another. Where all are taken, the longest text
// before it gives way.
std::vector<Label> arrange(const Row& row, const std::vector<const Item*>& words) {
  std::vector<Label> labels;
  std::vector<std::size_t> last;  // of each lane, in `labels`
  const double edge = kWidth - 8;
  for (const Item* item : words) {
    Label label;
    label.item = item;
    label.x = row.x(item->start);
    const double wanted = text_width(item->text, kLabel) + kLeader;
    label.room = std::min(wanted, edge - label.x);
    std::size_t lane = 0;
    const auto end = [&](std::size_t of) {
      const Label& before = labels[last[of]];
      return before.x + before.room + kLeader;
    };
    while (lane < last.size() && end(lane) > label.x) ++lane;
    if (lane == kMostLanes) {
      lane = 0;
      for (std::size_t other = 1; other < kMostLanes; ++other) {
        if (labels[last[other]].x < labels[last[lane]].x) lane = other;
      }
      labels[last[lane]].room = std::max(0.0, label.x - labels[last[lane]].x - kLeader);
    }
    label.lane = lane;
    if (lane == last.size()) last.push_back(0);
    last[lane] = labels.size();
    labels.push_back(label);
  }
  for (Label& label : labels) {
    label.shown = shorten(label.item->text, label.room - kLeader, kLabel);
  }
  return labels;
}

double lane_base(const Row& row, std::size_t lane) {
  return row.words() + kLane * static_cast<double>(lane + 1) - kLaneGap;
}

// Opens what a word or segment is made of.
void open(Writer& out, const Item& item, bool interactive) {
  out.raw("<g");
  if (interactive) {
    out.attribute("data-start", seconds_of(item.start)).attribute("data-end", seconds_of(item.end));
    out.attribute("class", "sotto-item").attribute("tabindex", "0").attribute("role", "button");
  }
  out.raw(">").tip(item.text, describe(item));
}

void draw_label(Writer& out, const Row& row, const Label& label) {
  if (label.shown.empty()) return;
  out.label("sotto-word", label.x + kLeader, lane_base(row, label.lane), kLabel, "start");
  out.text(label.shown).raw("</text>");
}

// Lines of a segment's text below its bar.
std::vector<std::string> segment_lines(const Row& row, const Item& item, double until) {
  const double width = row.x(until) - row.x(item.start) - 2 * kLeader;
  return wrap(item.text, width, kLabel, kMostLanes);
}

// Draws one row and returns how high it is.
class RowPainter {
 public:
  RowPainter(const SpokenText& text, const std::vector<Item>& items,
             const std::vector<Span>& pauses, const Envelope& envelope, bool interactive)
      : text_(text),
        items_(items),
        pauses_(pauses),
        envelope_(envelope),
        interactive_(interactive) {}

  double draw(Writer& out, const Row& row, double row_seconds) const {
    out.raw("<g");
    if (interactive_) {
      out.attribute("class", "sotto-row").attribute("data-start", seconds_of(row.start));
      out.attribute("data-end", seconds_of(row.end)).attribute("data-x", kMargin);
      out.attribute("data-width", row.width()).attribute("data-y", row.wave());
      out.attribute("data-height", kWave + kBarsGap + kBars);
    }
    out.raw(">\n");
    out.rectangle("sotto-panel", kMargin, row.wave(), row.width(), kWave);
    out.attribute("rx", 3).raw("/>\n");
    draw_pauses(out, row, pauses_);
    draw_axis(out, row);
    draw_wave(out, row, envelope_);
    draw_pause_labels(out, row, pauses_);
    draw_segments(out, row, text_.segments);
    out.rectangle("sotto-track", kMargin, row.bars(), row.width(), kBars);
    out.attribute("rx", 2).raw("/>\n");
    const std::size_t lanes = draw_items(out, row, row_seconds);
    out.raw("</g>\n");
    return row.words() + kLane * static_cast<double>(lanes) - row.top;
  }

 private:
  // Returns how many lines of text there are.
  std::size_t draw_items(Writer& out, const Row& row, double row_seconds) const {
    std::vector<const Item*> shown;
    std::vector<const Item*> words;
    for (const Item& item : items_) {
      if (item.start >= row.end) break;
      if (!row.shows(item.start, item.end)) continue;
      shown.push_back(&item);
      if (item.word && row.owns(item, row_seconds)) words.push_back(&item);
    }
    const std::vector<Label> labels = arrange(row, words);
    std::size_t lanes = 0;
    for (const Label& label : labels) {
      if (label.shown.empty()) continue;
      lanes = std::max(lanes, label.lane + 1);
      out.line("sotto-leader", label.x, row.bars() + kBars, label.x, lane_base(row, label.lane));
    }
    auto label = labels.begin();
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const Item& item = *shown[i];
      open(out, item, interactive_);
      draw_bar(out, row, item);
      if (label != labels.end() && label->item == &item) {
        draw_label(out, row, *label++);
      } else if (!item.word && row.owns(item, row_seconds)) {
        const double until = i + 1 < shown.size() ? shown[i + 1]->start : row.end;
        lanes = std::max(lanes, draw_lines(out, row, item, until));
      }
      out.raw("</g>\n");
    }
    return lanes;
  }

  std::size_t draw_lines(Writer& out, const Row& row, const Item& item, double until) const {
    const std::vector<std::string> lines = segment_lines(row, item, until);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      out.label("sotto-word", row.x(item.start) + kLeader, lane_base(row, i), kLabel, "start");
      out.text(lines[i]).raw("</text>");
    }
    return lines.size();
  }

  const SpokenText& text_;
  const std::vector<Item>& items_;
  const std::vector<Span>& pauses_;
  const Envelope& envelope_;
  bool interactive_;
};

void draw_definitions(Writer& out) {
  out.raw("<style>").raw(kStyle).raw("</style>\n<defs>\n");
  out.raw("<linearGradient id=\"sotto-confidence\">");
  for (const Stop& stop : kStops) {
    out.raw("<stop").attribute("offset", text_of("%.2f", stop.at));
    out.attribute("stop-color", confidence_colour(stop.at)).raw("/>");
  }
  out.raw(
      "</linearGradient>\n<pattern id=\"sotto-hatch\" width=\"7\" height=\"7\" "
      "patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">");
  out.raw("<line class=\"sotto-hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"7\"/></pattern>\n</defs>\n");
}

void draw_legend(Writer& out, const std::vector<Item>& items, double pause_seconds) {
  const double top = 34;
  double right = kWidth - kMargin;
  const bool stated = std::any_of(items.begin(), items.end(),
                                  [](const Item& item) { return item.probability.has_value(); });
  const bool unstated =
      std::any_of(items.begin(), items.end(), [](const Item& item) { return !item.probability; });
  const auto swatch = [&](std::string_view kind, std::string_view fill, const std::string& label) {
    out.label("sotto-note", right, top + 9, kSmall, "end").raw(label).raw("</text>");
    right -= text_width(label, kSmall) + 26;
    out.rectangle(kind, right, top, 20, 10);
    if (!fill.empty()) out.attribute("fill", fill);
    out.raw("/>\n");
    right -= 22;
  };
  out.raw("<g>\n");
  swatch("sotto-key", "url(#sotto-hatch)", text_of("pause of %g s or more", pause_seconds));
  if (unstated) swatch("sotto-unsure", "", "confidence not stated");
  if (stated) {
    const double width = 150;
    out.rectangle("sotto-key", right - width, top, width, 10);
    out.attribute("fill", "url(#sotto-confidence)").attribute("rx", 2).raw("/>");
    for (const auto& [at, text] : {std::pair{0.0, "0"}, {0.5, "0.5"}, {1.0, "1"}}) {
      const char* anchor = at == 0 ? "start" : at == 1 ? "end" : "middle";
      out.label("sotto-note", right - width * (1 - at), top + 23, kSmall, anchor);
      out.raw(text).raw("</text>");
    }
    out.label("sotto-note", right - width - 8, top + 9, kSmall, "end");
    out.raw("confidence</text>\n");
  }
  out.raw("</g>\n");
}

std::string subtitle(const SpokenText& text, const std::vector<Item>& items, double duration) {
  const auto words =
      std::count_if(items.begin(), items.end(), [](const Item& item) { return item.word; });
  std::string all = duration < 60 ? text_of("%.1f s", duration) : clock(duration, false);
  const auto add = [&](const std::string& part) {
    if (!part.empty()) all.append(kDot).append(part);
  };
  add(shorten(printable(text.model), 220, kLabel));
  add(shorten(printable(text.language), 120, kLabel));
  const std::size_t count = words > 0 ? static_cast<std::size_t>(words) : text.segments.size();
  const char* what = words > 0 ? " word" : " segment";
  add(std::to_string(count).append(what).append(count == 1 ? "" : "s"));
  return all;
}

Status check(const SpokenText& text, const Sound& sound, double duration) {
  const auto refuse = [](const std::string& reason) {
    return Error{ErrorCode::kInvalidArgument, reason};
  };
  if (sound.samples.empty() || sound.sample_rate <= 0) return refuse("there is no sound to plot");
  if (duration > kMaxPlotSeconds) {
    return refuse(text_of("%.0f s of sound, ", duration) +
                  text_of("expected at most %.0f", kMaxPlotSeconds));
  }
  for (std::size_t i = 0; i < text.segments.size(); ++i) {
    const double start = text.segments[i].spoken.start_seconds;
    if (start <= duration + kLateSeconds) continue;
    std::string reason = "segments[";
    reason.append(std::to_string(i)).append(text_of("] begins at %.2f s, but the sound ", start));
    return refuse(reason.append(text_of("is %.2f s long: is it another?", duration)));
  }
  return ok();
}

}  // namespace

std::string confidence_colour(double probability) {
  const double p = std::clamp(probability, 0.0, 1.0);
  std::size_t after = 1;
  while (after + 1 < kStops.size() && kStops[after].at < p) ++after;
  const Stop& low = kStops[after - 1];
  const Stop& high = kStops[after];
  const double part = (p - low.at) / (high.at - low.at);
  std::array<int, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i) {
    rgb[i] = static_cast<int>(std::lrint(low.rgb[i] + part * (high.rgb[i] - low.rgb[i])));
  }
  char text[16];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", rgb[0] & 0xFF, rgb[1] & 0xFF, rgb[2] & 0xFF);
  return text;
}

Result<std::string> plot_svg(const SpokenText& text, const Sound& sound,
                             const PlotOptions& options) {
  const double duration = sound.sample_rate > 0 ? static_cast<double>(sound.samples.size()) /
                                                      static_cast<double>(sound.sample_rate)
                                                : 0.0;
  if (Status status = check(text, sound, duration); !status) return std::move(status).error();
  const std::vector<Item> items = items_of(text, duration);
  const bool words =
      std::any_of(items.begin(), items.end(), [](const Item& item) { return item.word; });
  double row_seconds = options.row_seconds > 0 ? options.row_seconds : words ? 15 : 30;
  const double rows = std::ceil(duration / row_seconds - 1e-9);
  if (rows > static_cast<double>(kMaxPlotRows)) {
    std::string reason = text_of("%.0f s of sound ", duration);
    reason.append(text_of("make %.0f rows, ", rows));
    reason.append(text_of("expected at most %.0f: make rows longer", double{kMaxPlotRows}));
    return Error{ErrorCode::kInvalidArgument, reason};
  }
  if (rows <= 1) row_seconds = duration;  // a single row is as wide as there is room

  const std::vector<Span> pauses = pauses_of(items, duration, options.pause_seconds);
  const Envelope envelope(sound);
  const RowPainter painter(text, items, pauses, envelope, options.interactive);
  Writer body;
  double bottom = kHead;
  for (double index = 0; index < std::max(rows, 1.0); ++index) {
    Row row{index * row_seconds, std::min((index + 1) * row_seconds, duration),
            kPanel / row_seconds, bottom};
    bottom += painter.draw(body, row, row_seconds) + kRowGap;
  }

  Writer out;
  out.raw("<svg").attribute("xmlns", "http://www.w3.org/2000/svg").attribute("class", "sotto");
  out.attribute(
      "viewBox",
      std::string("0 0 ").append(length(kWidth)).append(" ").append(length(std::ceil(bottom))));
  out.attribute("width", kWidth).attribute("height", std::ceil(bottom));
  out.raw(options.interactive ? ">\n" : " role=\"img\">\n");
  const std::string title = printable(options.title);
  out.tip(title).raw("\n");
  draw_definitions(out);
  out.raw("<rect class=\"sotto-bg\" width=\"100%\" height=\"100%\"/>\n");
  out.label("sotto-title", kMargin, 44, kTitle, "start");
  out.text(shorten(title, kWidth / 2 - kMargin, kTitle)).raw("</text>\n");
  out.label("sotto-note", kMargin, 66, kLabel, "start");
  out.text(subtitle(text, items, duration)).raw("</text>\n");
  draw_legend(out, items, options.pause_seconds);
  out.raw(body.take()).raw("</svg>\n");
  return out.take();
}

}  // namespace sotto::tools
