#include "tools/speed.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temp_folder.h"
#include "tools/machine.h"

namespace sotto::tools {
namespace {

// 10 s of sound in 100 ms and `extra` more of encoding.
Transcript transcript(double extra = 0) {
  Transcript t;
  t.audio_seconds = 10;
  t.total_seconds = 0.1 + extra;
  t.timings.frontend_seconds = 0.005;
  t.timings.encode = {0.05 + extra, 0, 10e9, Arithmetic::kInt8, 1e6};
  t.timings.cross_kv = {0.004, 0, 1e9, Arithmetic::kInt8, 1e6};
  t.timings.prompt = {0.008, 4, 1e9, Arithmetic::kInt8, 1e6};
  t.timings.decode = {0.02, 10, 1e9, Arithmetic::kInt8, 400e6};
  t.timings.first_token_seconds = 0.07;
  return t;
}

Speed speed_of(const std::vector<double>& extras) {
  Speed speed;
  for (const double extra : extras) speed.runs.emplace_back().add(transcript(extra), 7);
  speed.limits = {.gflops = 400, .gbps = 25};
  return speed;
}

TEST(Speed, FiguresAreRatesOfWhatATranscriptTook) {
  const auto json = to_json(speed_of({0}));
  EXPECT_DOUBLE_EQ(json["rtf"].get<double>(), 0.01);
  EXPECT_DOUBLE_EQ(json["frontend"]["ms"].get<double>(), 5);
  EXPECT_DOUBLE_EQ(json["encode"]["ms"].get<double>(), 50);
  EXPECT_DOUBLE_EQ(json["encode"]["gflops"].get<double>(), 200);
  EXPECT_DOUBLE_EQ(json["encode"]["share_of_peak"].get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(json["cross_kv"]["ms"].get<double>(), 4);
  EXPECT_DOUBLE_EQ(json["prompt"]["ms_per_token"].get<double>(), 2);
  EXPECT_DOUBLE_EQ(json["decode"]["ms_per_token"].get<double>(), 2);
  EXPECT_DOUBLE_EQ(json["decode"]["gbps"].get<double>(), 20);
  EXPECT_DOUBLE_EQ(json["decode"]["share_of_bandwidth"].get<double>(), 0.8);
  EXPECT_DOUBLE_EQ(json["first_token_ms"].get<double>(), 70);
  EXPECT_DOUBLE_EQ(json["total_ms"].get<double>(), 100);
  EXPECT_EQ(json["allocations_after_load"], 7);
  EXPECT_EQ(json["details"]["arithmetic"], "int8");
}

TEST(Speed, OfSeveralRunsTheMedianCounts) {
  EXPECT_DOUBLE_EQ(to_json(speed_of({0.9, 0, 0.05}))["encode"]["ms"].get<double>(), 100);
  const auto even = to_json(speed_of({0, 0.05, 0.1, 0.9}));
  EXPECT_DOUBLE_EQ(even["encode"]["ms"].get<double>(), 125);
  EXPECT_DOUBLE_EQ(even["details"]["spread"]["encode.ms"][0].get<double>(), 50);
  EXPECT_DOUBLE_EQ(even["details"]["spread"]["encode.ms"][1].get<double>(), 950);
  EXPECT_EQ(even["details"]["runs"], 4);
}

TEST(Speed, ARunOfSeveralTranscriptsIsTheirSum) {
  RunTotals run;
  run.add(transcript(0), 7);
  run.add(transcript(0.05), 8);
  const Figures figures = run.figures();
  EXPECT_DOUBLE_EQ(*figures.encode_ms, 150);
  EXPECT_DOUBLE_EQ(*figures.rtf, 0.0125);
  EXPECT_DOUBLE_EQ(*figures.decode_ms_per_token, 2);
  EXPECT_DOUBLE_EQ(*figures.first_token_ms, 70);  // a mean
  EXPECT_DOUBLE_EQ(*figures.allocations, 15);
  EXPECT_DOUBLE_EQ(run.step_bytes(), 40e6);
}

TEST(Speed, WhatDidNotHappenHasNoFigure) {
  Transcript t = transcript();
  t.timings.decode = {0.001};  // of choices: the first token was the last
  t.timings.first_token_seconds = 0;
  Speed speed;
  speed.runs.emplace_back().add(t, std::nullopt);
  const auto json = to_json(speed);
  EXPECT_TRUE(json["decode"]["ms_per_token"].is_null());
  EXPECT_TRUE(json["decode"]["gbps"].is_null());
  EXPECT_TRUE(json["decode"]["share_of_bandwidth"].is_null());
  EXPECT_TRUE(json["encode"]["share_of_peak"].is_null());
  EXPECT_TRUE(json["first_token_ms"].is_null());
  EXPECT_TRUE(json["allocations_after_load"].is_null());
}

TEST(Speed, TheTypeIsThatOfMostWeights) {
  ModelInfo model;
  EXPECT_EQ(weight_type(model), "");
  model.tensors = {{"a", "F32 [1000]"}, {"b", "Q8_0 [40, 30]"}, {"c", "F32 [100]"}};
  EXPECT_EQ(weight_type(model), "q8_0");
}

TEST(Machine, SaysWhatTheSystemHas) {
  const test::TempFolder folder;
  const std::filesystem::path sys = folder / "sys";
  const auto put = [&](const std::filesystem::path& file, const char* text) {
    std::filesystem::create_directories((sys / file).parent_path());
    std::ofstream(sys / file) << text;
  };
  EXPECT_FALSE(read_machine_state(sys / "none").governor);
  put("devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
  put("class/thermal/thermal_zone0/temp", "51200\n");
  put("devices/platform/soc/soc:firmware/get_throttled", "50000\n");
  const MachineState state = read_machine_state(sys);
  EXPECT_EQ(state.governor, "performance");
  EXPECT_EQ(state.temperature_celsius, 51.2);
  EXPECT_EQ(state.throttled, "0x50000");
  put("class/thermal/thermal_zone0/temp", "hot\n");
  EXPECT_FALSE(read_machine_state(sys).temperature_celsius);
}

TEST(Machine, PeakMemoryGrowsWithWhatIsTouched) {
#ifdef SOTTO_EMULATED
  GTEST_SKIP() << "not run on this machine: the emulator's memory would be seen";
#endif
  // More than earlier tests left behind as the peak.
  const std::vector<char> touched(peak_rss_bytes() + (std::size_t{32} << 20), 1);
  EXPECT_GE(peak_rss_bytes(), touched.size());
}

}  // namespace
}  // namespace sotto::tools
