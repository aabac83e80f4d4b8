#include "lib/format/pickle.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/model_files.h"
#include "tests/support/temp_folder.h"

namespace sotto::format {
namespace {

namespace pickle = test::pickle;
using test::number;
using Kind = PickleValue::Kind;
using namespace std::string_literals;

constexpr std::string_view kGlobals[] = {"known thing"};

// The parsed object keeps pointing into the bytes of the latest call.
Result<Pickle> parse(const std::string& text) {
  static std::vector<char> copy;
  copy.assign(text.begin(), text.end());
  return Pickle::parse("t.pkl", std::as_bytes(std::span(copy)), kGlobals);
}

// The result of a program that only pushes.
PickleValue value_of(const std::string& instructions) {
  const Result<Pickle> parsed = parse(instructions + ".");
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return parsed ? (*parsed)[parsed->root()] : PickleValue{};
}

TEST(Pickle, PlainValuesAreWhatTheyWere) {
  EXPECT_EQ(value_of("N").kind, Kind::kNone);
  EXPECT_EQ(value_of("\x88").kind, Kind::kBool);
  EXPECT_EQ(value_of("\x88").integer(), 1);
  EXPECT_EQ(value_of("\x89").integer(), 0);
  EXPECT_EQ(value_of("J"s + number(-70000)).integer(), -70000);
  EXPECT_EQ(value_of("K\xFF").integer(), 255);
  EXPECT_EQ(value_of("M"s + number(std::uint16_t{51865})).integer(), 51865);
  EXPECT_EQ(value_of("\x8A"s + '\0').integer(), 0);
  EXPECT_EQ(value_of("\x8A\x01\xFF").integer(), -1);
  EXPECT_EQ(value_of("\x8A\x05"s + std::string("\0\0\0\0\x02", 5)).integer(),
            std::int64_t{1} << 33);
  EXPECT_EQ(value_of("\x8A\x08"s + number(INT64_MIN)).integer(), INT64_MIN);
  EXPECT_EQ(value_of("G\x3F\xF8"s + std::string(6, '\0')).real(), 1.5);
  EXPECT_EQ(value_of("X"s + number(std::uint32_t{3}) + "abc").text(), "abc");
  EXPECT_EQ(value_of("\x8C\x02hi").text(), "hi");
  EXPECT_EQ(value_of("cknown\nthing\n").text(), "known thing");
  EXPECT_EQ(value_of("\x8C\x05known\x8C\x05thing\x93").text(), "known thing");
}

TEST(Pickle, CollectionsHaveTheirItemsInOrder) {
  EXPECT_TRUE(value_of(")").items().empty());
  EXPECT_EQ(value_of("K\1\x85").items().size(), 1U);
  EXPECT_EQ(value_of("K\1K\2\x86").items().size(), 2U);
  EXPECT_EQ(value_of("K\1K\2K\3\x87").items().size(), 3U);
  const Result<Pickle> list = parse("](K\5K\6eK\7a.");
  ASSERT_OK(list);
  const PickleValue& root = (*list)[list->root()];
  ASSERT_EQ(root.kind, Kind::kList);
  ASSERT_EQ(root.items().size(), 3U);
  EXPECT_EQ((*list)[root.items()[0]].integer(), 5);
  EXPECT_EQ((*list)[root.items()[2]].integer(), 7);
}

TEST(Pickle, ADictFindsItsTextKeys) {
  const Result<Pickle> dict = parse("}(\x8C\1aK\1\x8C\1bK\2K\7K\3u\x8C\1aK\4s.");
  ASSERT_OK(dict);
  const PickleValue& root = (*dict)[dict->root()];
  ASSERT_EQ(root.kind, Kind::kDict);
  ASSERT_NE(dict->find(root, "b"), nullptr);
  EXPECT_EQ(dict->find(root, "b")->integer(), 2);
  EXPECT_EQ(dict->find(root, "a")->integer(), 4) << "the last counts";
  EXPECT_EQ(dict->find(root, "c"), nullptr);
  EXPECT_EQ(dict->find(*dict->find(root, "b"), "a"), nullptr) << "not a dict";
}

TEST(Pickle, CallsStayValues) {
  const Result<Pickle> call = parse("cknown\nthing\nK\1\x85R.");
  ASSERT_OK(call);
  const PickleValue& root = (*call)[call->root()];
  EXPECT_EQ(root.kind, Kind::kCall);
  EXPECT_EQ((*call)[root.items()[0]].text(), "known thing");
  EXPECT_EQ((*call)[root.items()[1]].kind, Kind::kTuple);
  const PickleValue persistent = value_of("K\1\x85Q");
  EXPECT_EQ(persistent.kind, Kind::kPersistent);
  EXPECT_EQ(persistent.items().size(), 1U);
}

TEST(Pickle, AnOrderedDictIsADictWhoseAttributesAreDropped) {
  const PickleValue dict = value_of("ccollections\nOrderedDict\n)R(\x8C\1aK\1u}\x8C\1mK\1sb");
  EXPECT_EQ(dict.kind, Kind::kDict);
  EXPECT_EQ(dict.items().size(), 2U);
}

TEST(Pickle, TheMemoGivesTheSameValueAgain) {
  const Result<Pickle> list = parse("]q\0(h\0\x8C\1xq\1h\1\x94j\2\0\0\0e."s);
  ASSERT_OK(list);
  const PickleValue& root = (*list)[list->root()];
  ASSERT_EQ(root.items().size(), 4U);
  EXPECT_EQ(root.items()[0], list->root()) << "a list may be inside itself";
  EXPECT_EQ(root.items()[1], root.items()[2]);
  EXPECT_EQ(root.items()[1], root.items()[3]);
}

TEST(Pickle, OtherGlobalsAreNamedAndRefused) {
  EXPECT_ERROR(parse("cos\nsystem\n(\x8C\2lstR."), ErrorCode::kUnsupported,
               "asks for \"os.system\"");
  EXPECT_ERROR(parse("cknown\nthings\n."), ErrorCode::kUnsupported, "\"known.things\"");
  EXPECT_ERROR(parse("cknown thing\n\n."), ErrorCode::kUnsupported, "\"known thing.\"");
  EXPECT_ERROR(parse("\x8C\5posix\x8C\6system\x93."), ErrorCode::kUnsupported, "\"posix.system\"");
  EXPECT_ERROR(parse("c"s + std::string(500, 'm') + "\nx\n."), ErrorCode::kUnsupported,
               std::string(64, 'm') + ".x\"");
}

// Everything that could call, import or build something else.
TEST(Pickle, OtherInstructionsAreNamedAndRefused) {
  const std::string known = "(.NJKMGXQRbc}su]ae)thjqr\x80\x85\x86\x87\x88\x89\x8A\x8C\x93\x94\x95";
  for (int op = 0; op < 256; ++op) {
    if (known.find(static_cast<char>(op)) != std::string::npos) continue;
    EXPECT_ERROR(parse(std::string("K\1)") + static_cast<char>(op) + "."), ErrorCode::kUnsupported,
                 "has the pickle instruction " + std::to_string(op) + " at byte 3");
  }
}

TEST(Pickle, MisusesOfTheStackAreRefused) {
  const std::pair<std::string, const char*> cases[] = {
      {"."s, "leaves 0 values"},
      {"K\1K\2."s, "leaves 2 values"},
      {"t."s, "a mark is missing"},
      {"K\1\x86."s, "too few values"},
      {"K\1(\x85."s, "too few values"},
      {"(K\1\x86."s, "too few values"},
      {"K\1K\2a."s, "added to what is no list"},
      {"]K\1K\2s."s, "added to what is no dict"},
      {"}(K\1u."s, "a key of a dict has no value"},
      {"K\1)R."s, "not of a name with a tuple"},
      {"cknown\nthing\nK\1R."s, "not of a name with a tuple"},
      {"ccollections\nOrderedDict\nK\1\x85R."s, "OrderedDict is made with arguments"},
      {"K\1}b."s, "attributes are set of what is no dict"},
      {"h\0."s, "place 0 of the memo is empty"},
      {"q\0."s, "too few values"},
      {"K\1q\3h\2."s, "place 2 of the memo is empty"},
      {"K\1r\xFF\xFF\xFF\xFF."s, "beyond the size of the pickle"},
      {"\x8A\x09"s + std::string(9, '\1') + ".", "has 9 bytes, expected at most 8"},
  };
  for (const auto& [program, message] : cases) {
    EXPECT_ERROR(parse(program), ErrorCode::kCorruptFile, message);
  }
  EXPECT_ERROR(parse("\x80\x06K\1."), ErrorCode::kUnsupported, "pickle protocol is 6");
}

TEST(Pickle, CutAnywhereIsTruncated) {
  const std::string program =
      "\x80\x04\x95"s + number(std::uint64_t{9}) +
      pickle::dict({{"a", pickle::tuple({pickle::integer(1), pickle::integer(1LL << 40), "G",
                                         "12345678", pickle::global("known", "thing")})}}) +
      "\x94q\1j\0\0\0\0r\2\0\0\0K\1M\1\1\x8C\1x.";
  for (std::size_t size = 0; size < program.size(); ++size) {
    const Result<Pickle> parsed = parse(program.substr(0, size));
    ASSERT_FALSE(parsed.has_value()) << size;
    EXPECT_NE(parsed.error().message.find("truncated"), std::string::npos)
        << size << ": " << parsed.error().message;
  }
}

TEST(Pickle, ManyValuesAndManyBytesAreUnsupported) {
  EXPECT_ERROR(parse(std::string(Pickle::kMaxValues + 1, 'N')), ErrorCode::kUnsupported,
               "more than 1048576 values");
  EXPECT_ERROR(parse(std::string(Pickle::kMaxBytes + 1, '.')), ErrorCode::kUnsupported,
               "expected at most 4194304");
}

}  // namespace
}  // namespace sotto::format
