#include "tools/plot_page.h"

#include <gtest/gtest.h>

namespace sotto::tools {
namespace {

SpokenText example() {
  SpokenText text;
  SpokenSegment segment;
  segment.spoken = {0.1, 0.4, " <b> there", 0.5};
  segment.words = {{0.1, 0.2, " <b>", 0.25}, {0.2, 0.4, " there", std::nullopt}};
  text.segments.push_back(segment);
  segment.words.clear();
  segment.spoken = {0.5, 0.9, "alone", std::nullopt};
  text.segments.push_back(segment);
  return text;
}

Sound second() {
  Sound sound;
  sound.sample_rate = 100;
  sound.samples.assign(100, 0.25F);
  return sound;
}

TEST(WavBytes, AreAHeaderAndSamplesOfSixteenBits) {
  Sound sound;
  sound.sample_rate = 16000;
  sound.samples = {0, 1, -1, 2, -0.5F};
  const std::string bytes = wav_bytes(sound);
  ASSERT_EQ(bytes.size(), 54U);
  EXPECT_EQ(bytes.substr(0, 8), std::string("RIFF\x2E\0\0\0", 8));
  EXPECT_EQ(bytes.substr(20, 24), std::string("\1\0\1\0\x80\x3E\0\0\0\x7D\0\0\2\0\x10\0"
                                              "data\x0A\0\0\0",
                                              24));
  EXPECT_EQ(bytes.substr(44), std::string("\0\0\xFF\x7F\x01\x80\xFF\x7F\x00\xC0", 10));
}

TEST(WavBytes, AreReadBackAsTheSameSound) {
  const std::string bytes = wav_bytes(second());
  const Result<Sound> sound = read_sound(std::as_bytes(std::span(bytes)), "page");
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_EQ(sound->sample_rate, 100);
  ASSERT_EQ(sound->samples.size(), 100U);
  EXPECT_NEAR(sound->samples[50], 0.25, 1e-4);
}

TEST(Base64, IsThatOfRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xFF\xEF\xBE"), "/+++");
}

TEST(UriPath, EscapesWhatIsNotPlain) {
  EXPECT_EQ(uri_path("../a b/c#1?.wav"), "../a%20b/c%231%3F.wav");
  EXPECT_EQ(uri_path("\xC3\xA9:\"<%"), "%C3%A9%3A%22%3C%25");
}

TEST(PlotPage, HoldsTheSoundAndAsksForNothingElse) {
  const Result<std::string> page = plot_page(example(), second(), {}, "");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_NE(page->find("src=\"data:audio/wav;base64," + base64(wav_bytes(second())) + "\""),
            std::string::npos);
  EXPECT_NE(page->find("default-src 'none'"), std::string::npos);
  for (const char* reference : {"http:", "https:", "href=", "url(//", "@import", "<link"}) {
    std::size_t at = page->find(reference);
    while (at != std::string::npos && page->compare(at, 22, "http://www.w3.org/2000") == 0) {
      at = page->find(reference, at + 1);  // the name of SVG, which nothing is loaded from
    }
    EXPECT_EQ(at, std::string::npos) << reference;
  }
}

TEST(PlotPage, MakesWordsAndSegmentsPlay) {
  const std::string page = plot_page(example(), second(), {}, "").operator*();
  EXPECT_NE(page.find("data-start=\"0.100\" data-end=\"0.200\" style=\"border-color:" +
                      confidence_colour(0.25) + "\">&lt;b&gt;</span>"),
            std::string::npos);
  EXPECT_NE(page.find("data-start=\"0.500\" data-end=\"0.900\">alone</span>"), std::string::npos);
  EXPECT_NE(page.find("<g data-start=\"0.200\" data-end=\"0.400\" class=\"sotto-item\""),
            std::string::npos);
}

TEST(PlotPage, LinksToTheSoundIfAsked) {
  const std::string page = plot_page(example(), second(), {}, "../a%20b.wav").operator*();
  EXPECT_NE(page.find("src=\"../a%20b.wav\""), std::string::npos);
  EXPECT_EQ(page.find("data:"), std::string::npos);
}

TEST(PlotPage, HoldsNoMoreThanBrowsersRead) {
  Sound sound;
  sound.sample_rate = 16000;
  sound.samples.assign(kMaxEmbeddedBytes / 2, 0);
  const Result<std::string> page = plot_page({}, sound, {}, "");
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message,
            "the sound takes 25165868 bytes, a page holds 25165824 at most: --link-audio links to "
            "it");
  EXPECT_TRUE(plot_page({}, sound, {}, "a.wav"));
}

}  // namespace
}  // namespace sotto::tools
