#include "tools/display_text.h"

#include <gtest/gtest.h>

#include <string>

namespace sotto::tools {
namespace {

constexpr const char* kFamily =
    "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7";  // three joined
constexpr const char* kGermany = "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA";
constexpr const char* kFrance = "\xF0\x9F\x87\xAB\xF0\x9F\x87\xB7";
constexpr const char* kAccented = "e\xCC\x81";
constexpr const char* kShalom = "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D";
constexpr const char* kThumb = "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD";  // with a colour of skin

std::string join(const std::vector<std::string_view>& parts) {
  std::string all;
  for (const std::string_view part : parts) all.append(all.empty() ? "" : "|").append(part);
  return all;
}

TEST(Printable, DropsControlsAndWhatTurnsALineAround) {
  EXPECT_EQ(printable(std::string("a\0b\x01\x1B[31m\x7F", 10)), "ab[31m");
  EXPECT_EQ(printable("a\xC2\x9B"
                      "b"),
            "ab");  // C1
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b"),
            "ab");  // right-to-left override
  EXPECT_EQ(printable("a\xE2\x81\xA6"
                      "b"),
            "ab");  // isolate
  EXPECT_EQ(printable("\xEF\xBB\xBF"
                      "a\xEF\xBF\xBE"),
            "a");  // byte order marks
  EXPECT_EQ(printable("a\xF0\x9F\xBF\xBF"
                      "b"),
            "ab");  // no character
}

TEST(Printable, MakesBlanksOfLineBreaks) {
  EXPECT_EQ(printable("a\r\nb\tc\xE2\x80\xA8"
                      "d"),
            "a  b c d");
}

TEST(Printable, KeepsEveryScriptAndEmoji) {
  for (const char* text : {kFamily, kGermany, kAccented, kShalom, kThumb, "\xE6\x97\xA5"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(printable("a\xFF"
                      "b"),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(printable("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");           // too long
  EXPECT_EQ(printable("\xE2\x82"), "\xEF\xBF\xBD\xEF\xBF\xBD");           // cut off
  EXPECT_EQ(printable("\xED\xA0\x80").substr(0, 3), "\xEF\xBF\xBD");      // a surrogate
  EXPECT_EQ(printable("\xF4\x90\x80\x80").substr(0, 3), "\xEF\xBF\xBD");  // past the last
  EXPECT_EQ(printable("\xEF\xBF\xBD"), "\xEF\xBF\xBD");                   // itself
}

TEST(XmlText, EscapesWhatMeansSomething) {
  EXPECT_EQ(xml_text("<b a='1' c=\"2\">&amp;</b>\x02"),
            "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;&lt;/b&gt;");
  EXPECT_EQ(xml_text("]]>"), "]]&gt;");
}

TEST(Characters, KeepTogetherWhatIsReadAsOne) {
  const std::string text = std::string(kAccented) + "x" + kFamily + kThumb + kGermany + kFrance;
  const std::string expected =
      std::string(kAccented) + "|x|" + kFamily + "|" + kThumb + "|" + kGermany + "|" + kFrance;
  EXPECT_EQ(join(characters(text)), expected);
  EXPECT_TRUE(characters("").empty());
  EXPECT_EQ(characters("\xCC\x81").size(), 1U);  // a mark with nothing to be on
}

TEST(TextWidth, GrowsWithLettersAndSize) {
  EXPECT_EQ(text_width("", 12), 0);
  EXPECT_LT(text_width("ill", 12), text_width("www", 12));
  EXPECT_DOUBLE_EQ(text_width("word", 24), 2 * text_width("word", 12));
  EXPECT_DOUBLE_EQ(text_width(kAccented, 12), text_width("e", 12));
  EXPECT_DOUBLE_EQ(text_width(kFamily, 12), text_width("\xF0\x9F\x91\xA9", 12));
}

TEST(Shorten, KeepsWhatFitsAndEndsInAnEllipsis) {
  EXPECT_EQ(shorten("hello", 1000, 12), "hello");
  EXPECT_EQ(shorten("", 0, 12), "");
  const double width = text_width("hel", 12) + 0.9 * 12 + 0.1;
  EXPECT_EQ(shorten("hello", width, 12), "hel\xE2\x80\xA6");
  EXPECT_EQ(shorten("hello", 5, 12), "");
  EXPECT_EQ(shorten("hello", -5, 12), "");
}

TEST(Shorten, CutsNoCharacterApart) {
  const std::string flags = std::string(kGermany) + kFrance + kGermany;
  const double width = text_width(kGermany, 12) * 1.5 + 0.9 * 12;
  EXPECT_EQ(shorten(flags, width, 12), std::string(kGermany) + "\xE2\x80\xA6");
}

TEST(Wrap, BreaksAtBlanks) {
  const double width = text_width("one two", 12) + 0.1;
  EXPECT_EQ(wrap(" one two three four ", width, 12, 9),
            (std::vector<std::string>{"one two", "three", "four"}));
  EXPECT_TRUE(wrap("   ", width, 12, 9).empty());
}

TEST(Wrap, ShortensTheLastLine) {
  const double width = text_width("one two", 12) + 0.1;
  const std::vector<std::string> lines = wrap("one two three four", width, 12, 2);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0], "one two");
  EXPECT_TRUE(lines[1].ends_with("\xE2\x80\xA6")) << lines[1];
}

TEST(Wrap, BreaksAWordThatIsTooLong) {
  const double width = text_width("aaaa", 12) + 0.1;
  EXPECT_EQ(wrap("aaaaaaaaaa", width, 12, 9), (std::vector<std::string>{"aaaa", "aaaa", "aa"}));
  EXPECT_TRUE(wrap("aaaa", 1, 12, 9).empty());  // not even one letter
}

}  // namespace
}  // namespace sotto::tools
