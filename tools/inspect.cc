// sotto inspect: what a model file is and what running it takes.
#include <sotto/sotto.hpp>

#include <cstdio>

#include "tools/commands.h"
#include "tools/model_store.h"

namespace sotto::tools {
namespace {

struct Options {
  std::string model;
  SessionOptions session;
  bool plan = false;
  bool metadata = false;
  bool tensors = false;
};

void line(const char* what, const std::string& value) {
  std::printf("%-16s %s\n", what, value.empty() ? "not stated" : value.c_str());
}

std::string mebibytes(std::size_t bytes) {
  char text[64];
  std::snprintf(text, sizeof text, "%zu bytes (%.1f MiB)", bytes,
                static_cast<double>(bytes) / (1024.0 * 1024.0));
  return text;
}

void list(const std::vector<std::pair<std::string, std::string>>& pairs) {
  for (const auto& [name, value] : pairs) std::printf("%s = %s\n", name.c_str(), value.c_str());
}

std::string join(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : " ") + part;
  return all;
}

// What the memory shown is for.
std::string describe(const SessionOptions& session) {
  char text[128];
  std::snprintf(text, sizeof text, "for passes of %g s, %zu %s", session.window_seconds,
                session.max_hypotheses, session.max_hypotheses == 1 ? "hypothesis" : "hypotheses");
  return std::string(text) + (session.word_timestamps ? ", word timestamps" : "");
}

int inspect(const Options& options) {
  const Result<std::string> file = resolve_model(options.model);
  if (!file) {
    complain(file.error().message);
    return kFailure;
  }
  const Result<Model> model = Model::load(*file);
  if (!model) {
    complain(model.error().message);
    return kFailure;
  }
  const Result<MemoryNeed> need = Session::memory_need(*model, options.session);
  if (!need) {
    complain(options.model, need.error());
    return kFailure;
  }
  const ModelInfo& info = model->info();
  line("architecture", info.architecture);
  line("name", info.name);
  line("license", info.license);
  line("parameters", std::to_string(info.parameters));
  line("tensors", std::to_string(info.tensors.size()));
  line("vocabulary", std::to_string(info.vocabulary));
  const std::string count = std::to_string(info.languages.size());
  line("languages", info.languages.empty() ? "one alone" : count + ": " + join(info.languages));
  const std::string heads = std::to_string(info.alignment_heads);
  line("alignment heads", info.alignment_heads == 0 ? "0: no word timestamps" : heads);
  line("file", mebibytes(info.file_bytes));
  line("weights", mebibytes(need->weights_bytes) + ", shared by the sessions of a model");
  line("session", mebibytes(need->session_bytes) + " " + describe(options.session));
  line("caches", mebibytes(need->cache_bytes) + " of it");
  line("isa", info.instruction_set);
  if (options.metadata) list(info.metadata);
  if (options.tensors) list(info.tensors);
  if (options.plan) {
    const Result<std::string> plan = Session::describe_plan(*model, options.session);
    if (!plan) {
      complain(options.model, plan.error());
      return kFailure;
    }
    std::fputs(plan->c_str(), stdout);
  }
  return kOk;
}

}  // namespace

Run add_inspect(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("inspect", "What a model file holds and what memory running it takes");
  auto options = std::make_shared<Options>();
  command->add_option("model", options->model, "Model file (GGUF), or the name of a pulled model")
      ->required()
      ->type_name("MODEL");
  command->add_flag("--plan", options->plan,
                    "The nodes, their kernels, and the arena as a picture");
  command->add_flag("--metadata", options->metadata, "Every key of the file");
  command->add_flag("--tensors", options->tensors, "Every tensor of the file");
  command
      ->add_option("--window", options->session.window_seconds,
                   "Moonshine: seconds of sound in one pass to plan for")
      ->check(CLI::Range(1.0, 64.0))
      ->capture_default_str();
  command
      ->add_option("--max-hypotheses", options->session.max_hypotheses,
                   "Whisper: beams or samples to plan for")
      ->check(CLI::Range(1, 32))
      ->capture_default_str();
  command->add_flag("--word-timestamps", options->session.word_timestamps,
                    "Whisper: plan for word timestamps");
  command->footer(
      "Examples:\n"
      "  sotto inspect tiny.en.gguf                               # what it is, what memory it "
      "takes\n"
      "  sotto inspect tiny.en.gguf --max-hypotheses 5 --word-timestamps --plan");
  return [options] { return inspect(*options); };
}

}  // namespace sotto::tools
