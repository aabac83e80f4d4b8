// sotto convert: a checkpoint to GGUF.
#include <sotto/sotto.hpp>

#include <cstdio>
#include <map>

#include "tools/commands.h"

namespace sotto::tools {
namespace {

struct Options {
  std::string source;
  std::string target;
  ConvertOptions convert;
};

int run(const Options& options) {
  const Status status = convert(options.source, options.target, options.convert);
  if (!status) {
    complain(status.error().message);
    return kFailure;
  }
  std::error_code none;
  const auto bytes = std::filesystem::file_size(options.target, none);
  std::fprintf(stderr, "%s: %llu bytes\n", options.target.c_str(),
               static_cast<unsigned long long>(none ? 0 : bytes));
  return kOk;
}

}  // namespace

Run add_convert(CLI::App& app) {
  CLI::App* command = app.add_subcommand("convert", "A checkpoint to a GGUF model file");
  auto options = std::make_shared<Options>();
  command
      ->add_option("source", options->source,
                   "Hugging Face folder (Moonshine, Whisper), OpenAI's .pt or whisper.cpp's "
                   "ggml-*.bin (Whisper)")
      ->required();
  command->add_option("-o,--output", options->target, "The file to write")->required();
  const std::map<std::string, WeightType> types = {{"exact", WeightType::kExact},
                                                   {"f32", WeightType::kF32},
                                                   {"f16", WeightType::kF16},
                                                   {"bf16", WeightType::kBF16}};
  command
      ->add_option("--type", options->convert.type,
                   "Type of the matrices: f32, f16, bf16, or exact: what the source has, else f32")
      ->transform(CLI::CheckedTransformer(types, CLI::ignore_case))
      ->default_str("exact");
  command->add_option("--name", options->convert.name,
                      "general.name; by default the folder's or file's");
  command->add_option("--license", options->convert.license,
                      "general.license; by default what the folder's README.md states");
  command->add_option("--language", options->convert.language,
                      "Code such as en; by default what the folder's README.md states");
  command->add_option("--vocab", options->convert.vocabulary,
                      "Whisper: vocab.json, tokenizer.json or *.tiktoken, or a folder with one; by "
                      "default in the source, or beside a .pt");
  command->add_option("--alignment-heads", options->convert.alignment_heads,
                      "Whisper: \"layer,head;layer,head\", for the times of words; by default "
                      "the model's own");
  command
      ->add_option("--max-tokens-per-second", options->convert.max_tokens_per_second,
                   "By default 13 for languages in other than Latin script, else 6.5")
      ->check(CLI::Range(0.1, 100.0));
  return [options] { return run(*options); };
}

}  // namespace sotto::tools
