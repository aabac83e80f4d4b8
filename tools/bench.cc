// sotto bench: the command line of it.
#include <map>
#include <memory>

#include "tools/bench.h"
#include "tools/commands.h"

namespace sotto::tools {
namespace {

// Combinations that make no sense, or nothing.
std::string nonsense(const BenchOptions& options) {
  if (options.decoding.model.empty() && options.synthetic.empty()) {
    return "--model or --synthetic is required";
  }
  if (options.manifest.empty() && options.sound.empty() && options.synthetic.empty()) {
    return "--file, --manifest or --synthetic is required";
  }
  if (!options.manifest.empty() && options.threads.size() > 1) {
    return "--threads: one number with --manifest";
  }
  return "";
}

int bench(BenchOptions& options) {
  if (const std::string reason = nonsense(options); !reason.empty()) {
    complain(reason);
    return kUsage;
  }
  if (options.manifest.empty()) return bench_speed(options);
  if (!options.threads.empty()) options.decoding.session.threads = options.threads.front();
  return bench_words(options);
}

void add_words(CLI::App& command, BenchOptions& options) {
  constexpr const char* kGroup = "Recordings with known words";
  CLI::Option* manifest =
      command
          .add_option("--manifest", options.manifest,
                      "Tab-separated list with a line of column names: path, from the list's "
                      "folder, and text; other columns are passed over")
          ->type_name("FILE")
          ->group(kGroup);
  const std::map<std::string, Normalizer> normalizers = {{"english", Normalizer::kEnglish},
                                                         {"basic", Normalizer::kBasic}};
  command
      .add_option("--normalizer", options.normalizer,
                  "Of both texts, Whisper's: english or basic; by default as the language is")
      ->transform(CLI::CheckedTransformer(normalizers, CLI::ignore_case))
      ->needs(manifest)
      ->group(kGroup);
  command.add_flag("-v,--verbose", options.verbose, "A line for each recording, too")
      ->needs(manifest)
      ->group(kGroup);
}

void add_speed(CLI::App& command, BenchOptions& options) {
  constexpr const char* kGroup = "Speed";
  CLI::Option* manifest = command.get_option("--manifest");
  command.add_option("-f,--file", options.sound, "Sound file to transcribe again and again")
      ->type_name("FILE")
      ->group(kGroup)
      ->excludes(manifest);
  command.add_option("--runs", options.runs, "How often; medians are reported")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1000}))
      ->capture_default_str()
      ->group(kGroup)
      ->excludes(manifest);
  CLI::Option* synthetic =
      command
          .add_option("--synthetic", options.synthetic,
                      "Instead of --model: random weights of the dimensions of whisper:tiny, base, "
                      "small, medium, large-v3 or turbo, or of moonshine:tiny or base")
          ->group(kGroup)
          ->excludes(manifest)
          ->excludes(command.get_option("--model"));
  command.add_option("--type", options.type, "Of the random weights: f32, f16, bf16, q8_0, q4_0")
      ->check(CLI::IsMember({"f32", "f16", "bf16", "q8_0", "q4_0"}))
      ->capture_default_str()
      ->needs(synthetic)
      ->group(kGroup);
}

}  // namespace

Run add_bench(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("bench", "Speed, and word error rates on recordings with known words");
  auto options = std::make_shared<BenchOptions>();
  add_decoding_options(*command, options->decoding);
  command->get_option("--model")->required(false);
  command->remove_option(command->get_option("--threads"));
  command
      ->add_option("-t,--threads", options->threads,
                   "Threads; several with commas between are measured one after the other; by "
                   "default one for each physical core of the fastest kind, at most 8")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(1U, 256U))
      ->group("Model");
  command->add_flag("--json", options->json,
                    "A JSON object for each number of threads; with --manifest one a recording, "
                    "one a line, and one with the summary");
  add_words(*command, *options);
  add_speed(*command, *options);
  command->footer(
      "Examples:\n"
      "  sotto bench -m tiny.en.gguf -f talk.wav --threads 1,2,4  # real-time factors\n"
      "  sotto bench -m tiny.en.gguf --manifest clips.tsv         # word error rate\n"
      "  sotto bench --synthetic whisper:base --type q8_0         # without a model");
  return [options] { return bench(*options); };
}

}  // namespace sotto::tools
