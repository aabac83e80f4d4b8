// sotto convert: a checkpoint to GGUF, or GGUF to other types.
#include <sotto/sotto.hpp>

#include <cstdio>

#include "tools/commands.h"
#include "tools/model_store.h"
#include "tools/weight_types.h"

namespace sotto::tools {
namespace {

struct Options {
  std::string source;
  std::string target;
  ConvertOptions convert;
};

int run(const Options& options) {
  const Result<std::string> source = resolve_model(options.source);
  if (!source) {
    complain(source.error().message);
    return kFailure;
  }
  const Status status = convert(*source, options.target, options.convert);
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
  CLI::App* command = app.add_subcommand(
      "convert", "A checkpoint, or a GGUF file of another type, to a GGUF model file");
  auto options = std::make_shared<Options>();
  command
      ->add_option(
          "source", options->source,
          "Hugging Face folder (Moonshine, Whisper), OpenAI's .pt or whisper.cpp's "
          "ggml-*.bin (Whisper), or a model file of sotto's or the name of a pulled model, to "
          "change its type")
      ->required()
      ->type_name("FILE");
  command->add_option("-o,--output", options->target, "The file to write")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--type", options->convert.type,
                   "Type of the matrices: f32, f16, bf16, q8_0, q4_0, or exact: f16 or bf16 where "
                   "the source has that, else f32")
      ->transform(CLI::CheckedTransformer(weight_types(), CLI::ignore_case))
      ->default_str("exact");
  // One value each time, so that what follows is the source.
  const auto keep = [options](const std::vector<std::string>& all) {
    for (const std::string& each : all) {
      options->convert.keep.push_back(parse_keep("--keep", each));
    }
  };
  command
      ->add_option_function<std::vector<std::string>>(
          "--keep", keep,
          "\"PATTERN=TYPE\", again and again: another type for the matrices of such names (* any "
          "text, ? any character; see inspect); the last that matches decides")
      ->allow_extra_args(false);
  command->add_option("--name", options->convert.name,
                      "general.name; by default the folder's or file's");
  command->add_option("--license", options->convert.license,
                      "general.license; by default what the folder's README.md states");
  command->add_option("--language", options->convert.language,
                      "Code such as en; by default what the folder's README.md states");
  command
      ->add_option("--vocab", options->convert.vocabulary,
                   "Whisper: vocab.json, tokenizer.json or *.tiktoken, or a folder with one; by "
                   "default in the source, or beside a .pt")
      ->type_name("FILE");
  command->add_option("--alignment-heads", options->convert.alignment_heads,
                      "Whisper: \"layer,head;layer,head\", for the times of words; by default "
                      "the model's own");
  command
      ->add_option("--max-tokens-per-second", options->convert.max_tokens_per_second,
                   "By default 13 for languages in other than Latin script, else 6.5")
      ->check(CLI::Range(0.1, 100.0));
  command->footer(
      "Examples:\n"
      "  sotto convert whisper-tiny.en/ -o tiny.en.gguf           # a folder from Hugging Face\n"
      "  sotto convert small.pt --vocab multilingual.tiktoken --type q8_0 -o small.gguf\n"
      "  sotto convert ggml-base.en.bin -o base.en.gguf\n"
      "  sotto convert tiny.en.gguf --type q4_0 -o smaller.gguf");
  return [options] { return run(*options); };
}

}  // namespace sotto::tools
