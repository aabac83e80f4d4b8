#include "tools/plot_svg.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <regex>

#include "tools/display_text.h"

namespace sotto::tools {
namespace {

// The panel of a row, and what it begins at.
constexpr double kLeft = 32;
constexpr double kPanel = 1176;

Sound tone(double seconds) {
  Sound sound;
  sound.sample_rate = 1000;
  for (int i = 0; i < static_cast<int>(seconds * 1000); ++i) {
    sound.samples.push_back(0.5F * static_cast<float>(std::sin(i * 0.3)));
  }
  return sound;
}

Spoken spoken(double start, double end, const std::string& text,
              std::optional<double> probability = 0.9) {
  return {start, end, text, probability};
}

SpokenText words(std::vector<Spoken> all) {
  SpokenSegment segment;
  segment.spoken = spoken(all.front().start_seconds, all.back().end_seconds, "all");
  segment.words = std::move(all);
  SpokenText text;
  text.segments.push_back(segment);
  return text;
}

std::string draw(const SpokenText& text, const Sound& sound, const PlotOptions& options = {}) {
  Result<std::string> svg = plot_svg(text, sound, options);
  EXPECT_TRUE(svg) << svg.error().message;
  return svg ? *svg : "";
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) {
    ++found;
  }
  return found;
}

struct Box {
  double x = 0;
  double y = 0;
  double width = 0;
  double height = 0;
};

// Of the rectangles of a kind.
std::vector<Box> boxes(const std::string& svg, const std::string& kind) {
  const std::regex pattern(
      "<rect class=\"" + kind +
      "\" x=\"([^\"]*)\" y=\"([^\"]*)\" width=\"([^\"]*)\" height=\"([^\"]*)\"");
  std::vector<Box> all;
  for (std::sregex_iterator i(svg.begin(), svg.end(), pattern), end; i != end; ++i) {
    all.push_back({std::stod((*i)[1]), std::stod((*i)[2]), std::stod((*i)[3]), std::stod((*i)[4])});
  }
  return all;
}

struct Label {
  double x = 0;
  double y = 0;
  std::string text;
};

std::vector<Label> labels(const std::string& svg, const std::string& kind) {
  const std::regex pattern("<text class=\"" + kind +
                           "\" x=\"([^\"]*)\" y=\"([^\"]*)\"[^>]*>([^<]*)</text>");
  std::vector<Label> all;
  for (std::sregex_iterator i(svg.begin(), svg.end(), pattern), end; i != end; ++i) {
    all.push_back({std::stod((*i)[1]), std::stod((*i)[2]), (*i)[3]});
  }
  return all;
}

TEST(PlotSvg, PutsABarWhereAWordIsSaid) {
  const std::string svg =
      draw(words({spoken(1, 2, " one"), spoken(2.5, 3, " two", 0.5)}), tone(10));
  const std::vector<Box> bars = boxes(svg, "sotto-bar");
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_NEAR(bars[0].x, kLeft + kPanel * 0.1, 0.06);
  EXPECT_NEAR(bars[0].width, kPanel * 0.1, 0.6);
  EXPECT_NEAR(bars[1].x, kLeft + kPanel * 0.25, 0.06);
  // As high as it is sure, from one base.
  EXPECT_NEAR(bars[0].height / bars[1].height, 0.9 / 0.5, 0.02);
  EXPECT_NEAR(bars[0].y + bars[0].height, bars[1].y + bars[1].height, 0.11);
  EXPECT_NE(svg.find("fill=\"" + confidence_colour(0.5) + "\""), std::string::npos);
}

TEST(PlotSvg, WritesTheWordsBelowTheirBars) {
  const std::string svg = draw(words({spoken(1, 2, " one"), spoken(4, 5, " two")}), tone(10));
  const std::vector<Label> texts = labels(svg, "sotto-word");
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0].text, "one");
  EXPECT_NEAR(texts[0].x, kLeft + kPanel * 0.1 + 4, 0.06);
  EXPECT_EQ(texts[0].y, texts[1].y);
  EXPECT_NE(svg.find("<title>one\n1.00 to 2.00 s, confidence 0.90</title>"), std::string::npos);
}

TEST(PlotSvg, StaggersWordsThatWouldOverlap) {
  std::vector<Spoken> all;
  for (int i = 0; i < 4; ++i) all.push_back(spoken(1 + i * 0.05, 1.05 + i * 0.05, "neighbouring"));
  const std::vector<Label> texts = labels(draw(words(all), tone(10)), "sotto-word");
  ASSERT_EQ(texts.size(), 4U);
  for (std::size_t i = 1; i < texts.size(); ++i) EXPECT_GT(texts[i].y, texts[i - 1].y + 10);
}

TEST(PlotSvg, ShortensWordsWhereNoLaneIsFree) {
  std::vector<Spoken> all;
  for (int i = 0; i < 12; ++i) all.push_back(spoken(1 + i * 0.1, 1.1 + i * 0.1, "neighbouring"));
  const std::string svg = draw(words(all), tone(10));
  EXPECT_EQ(boxes(svg, "sotto-bar").size(), 12U);
  EXPECT_EQ(count(svg, "<title>neighbouring\n"), 12U);  // all of it is in the tips
  EXPECT_GT(count(svg, "\xE2\x80\xA6</text>"), 2U);
  std::map<double, double> ends;  // of the last text in each lane
  for (const Label& label : labels(svg, "sotto-word")) {
    EXPECT_GT(label.x, ends[label.y]);
    ends[label.y] = label.x + text_width(label.text, 12);
  }
  EXPECT_LE(ends.size(), 4U);
}

TEST(PlotSvg, DrawsSegmentsWhereThereAreNoWords) {
  SpokenText text;
  SpokenSegment segment;
  segment.spoken = spoken(2, 6, "several words in a segment", std::nullopt);
  text.segments.push_back(segment);
  const std::string svg = draw(text, tone(10));
  const std::vector<Box> bars = boxes(svg, "sotto-bar sotto-unsure");
  ASSERT_EQ(bars.size(), 1U);
  EXPECT_NEAR(bars[0].x, kLeft + kPanel * 0.2, 0.06);
  EXPECT_EQ(labels(svg, "sotto-word").at(0).text, "several words in a segment");
  EXPECT_NE(svg.find("confidence not stated"), std::string::npos);
  EXPECT_EQ(svg.find("url(#sotto-confidence)"), std::string::npos);
}

TEST(PlotSvg, MarksPausesAtBothEndsAndBetween) {
  PlotOptions options;
  options.pause_seconds = 1;
  const SpokenText text = words({spoken(1, 2, "a"), spoken(2.9, 4, "b"), spoken(6, 9.5, "c")});
  const std::vector<Box> pauses = boxes(draw(text, tone(10), options), "sotto-pause");
  ASSERT_EQ(pauses.size(), 2U);  // 0 to 1, 4 to 6
  EXPECT_NEAR(pauses[0].x, kLeft, 0.06);
  EXPECT_NEAR(pauses[1].x, kLeft + kPanel * 0.4, 0.06);
  EXPECT_NEAR(pauses[1].width, kPanel * 0.2, 0.11);
}

TEST(PlotSvg, SeesNoPauseBelowWordsThatOverlap) {
  const SpokenText text = words({spoken(0, 9.8, "long"), spoken(1, 2, "short")});
  EXPECT_TRUE(boxes(draw(text, tone(10)), "sotto-pause").empty());
}

TEST(PlotSvg, HasARowForEachSoManySeconds) {
  PlotOptions options;
  options.row_seconds = 10;
  const std::string svg = draw(words({spoken(1, 2, "a"), spoken(21, 22, "b")}), tone(25), options);
  const std::vector<Box> rows = boxes(svg, "sotto-panel");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0].width, kPanel);
  EXPECT_NEAR(rows[2].width, kPanel / 2, 0.06);
  const std::vector<Box> bars = boxes(svg, "sotto-bar");
  ASSERT_EQ(bars.size(), 2U);
  EXPECT_EQ(bars[0].x, bars[1].x);
  EXPECT_GT(bars[1].y, rows[2].y);
  EXPECT_NE(svg.find(">0:20</text>"), std::string::npos);
}

TEST(PlotSvg, SplitsAWordBetweenRowsAndWritesItOnce) {
  PlotOptions options;
  options.row_seconds = 10;
  const std::string svg = draw(words({spoken(9.7, 10.6, "over")}), tone(20), options);
  EXPECT_EQ(boxes(svg, "sotto-bar").size(), 2U);
  const std::vector<Label> texts = labels(svg, "sotto-word");
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_NEAR(texts[0].x, kLeft + 4, 0.06);  // in the second, which has the larger part
}

TEST(PlotSvg, ClipsWhatGoesOnAfterTheSound) {
  const std::vector<Box> bars =
      boxes(draw(words({spoken(9, 30, "a"), spoken(11, 12, "b")}), tone(10)), "sotto-bar");
  ASSERT_EQ(bars.size(), 1U);
  EXPECT_LE(bars[0].x + bars[0].width, kLeft + kPanel);
}

TEST(PlotSvg, EscapesTextFromOutside) {
  SpokenText text = words({spoken(1, 2, " <script>&\"'\x01")});
  text.model = "<m>";
  text.language = "&";
  PlotOptions options;
  options.title = "a<b.wav";
  const std::string svg = draw(text, tone(10), options);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find("<m>"), std::string::npos);
  EXPECT_NE(svg.find(">&lt;script&gt;&amp;&quot;&#39;</text>"), std::string::npos);
  EXPECT_NE(svg.find("<title>a&lt;b.wav</title>"), std::string::npos);
}

TEST(PlotSvg, DrawsTheWaveUpToItsPeaks) {
  Sound sound = tone(10);
  sound.samples[5000] = -1;  // in the middle
  const std::string svg = draw(SpokenText(), sound);
  const std::string head = "<path class=\"sotto-wave\" d=\"M32 ";
  const std::size_t begin = svg.find(head);
  ASSERT_NE(begin, std::string::npos);
  const std::size_t first = begin + head.size();
  const std::string path = svg.substr(first, svg.find("z\"", first) - first);
  // Steps there and back, a unit each.
  const std::string steps = path.substr(path.find('l'));
  EXPECT_EQ(count(steps, "l1"), 1175U);
  EXPECT_EQ(count(steps, "l-1"), 1175U);
  double y = std::stod(path);
  double lowest = y;
  const std::regex step("(l-?1|v) ?(-?[0-9.]+)");
  for (std::sregex_iterator at(steps.begin(), steps.end(), step), end; at != end; ++at) {
    y += std::stod((*at)[2]);
    lowest = std::max(lowest, y);
  }
  const Box panel = boxes(svg, "sotto-panel").at(0);
  EXPECT_NEAR(lowest, panel.y + panel.height - 4, 0.11);
}

TEST(PlotSvg, StandsSilenceAndASingleSample) {
  Sound sound;
  sound.sample_rate = 8000;
  sound.samples = {0};
  EXPECT_EQ(draw(SpokenText(), sound).find("nan"), std::string::npos);
  sound.samples.assign(8000, 0);
  EXPECT_EQ(draw(words({spoken(0, 0, "")}), sound).find("nan"), std::string::npos);
}

TEST(PlotSvg, RefusesWhatItCannotDraw) {
  const auto error = [](const SpokenText& text, const Sound& sound, double row_seconds) {
    PlotOptions options;
    options.row_seconds = row_seconds;
    const Result<std::string> svg = plot_svg(text, sound, options);
    return svg ? "drawn" : svg.error().message;
  };
  EXPECT_EQ(error(SpokenText(), Sound(), 0), "there is no sound to plot");
  EXPECT_EQ(error(words({spoken(50, 51, "a")}), tone(10), 0),
            "segments[0] begins at 50.00 s, but the sound is 10.00 s long: is it another?");
  Sound slow;  // an hour in few samples
  slow.sample_rate = 1;
  slow.samples.assign(3600, 0);
  EXPECT_EQ(error(SpokenText(), slow, 1),
            "3600 s of sound make 3600 rows, expected at most 2000: make rows longer");
  EXPECT_EQ(error(SpokenText(), slow, 100), "drawn");
  slow.samples.assign(24 * 3600 + 1, 0);
  EXPECT_EQ(error(SpokenText(), slow, 0), "86401 s of sound, expected at most 86400");
}

TEST(PlotSvg, DrawsManyWordsInManyRows) {
  std::vector<Spoken> all;
  for (int i = 0; i < 5000; ++i) all.push_back(spoken(i * 0.18, i * 0.18 + 0.1, "w"));
  Sound slow;
  slow.sample_rate = 10;
  slow.samples.assign(9000, 0.1F);
  PlotOptions options;
  options.row_seconds = 2;
  const std::string svg = draw(words(all), slow, options);
  EXPECT_EQ(boxes(svg, "sotto-panel").size(), 450U);
  EXPECT_GE(boxes(svg, "sotto-bar").size(), 5000U);
  EXPECT_EQ(labels(svg, "sotto-word").size(), 5000U);
}

TEST(ConfidenceColour, RunsFromVermilionToBlue) {
  EXPECT_EQ(confidence_colour(0), "#c84614");
  EXPECT_EQ(confidence_colour(0.5), "#e69f00");
  EXPECT_EQ(confidence_colour(1), "#0072b2");
  EXPECT_EQ(confidence_colour(-3), confidence_colour(0));
  EXPECT_EQ(confidence_colour(3), confidence_colour(1));
}

}  // namespace
}  // namespace sotto::tools
