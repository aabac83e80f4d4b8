// sotto plot: a transcript and its sound as a picture, or as a page that plays.
#include <sotto/sotto.hpp>

#include <filesystem>
#include <memory>

#include "tools/commands.h"
#include "tools/plot_page.h"
#include "tools/plot_svg.h"
#include "tools/plot_transcript.h"
#include "tools/whole_file.h"

namespace sotto::tools {
namespace {

struct Options {
  std::string transcript;
  std::string sound;
  std::string output;
  PlotOptions plot;
  bool link_audio = false;
};

bool is_page(const std::string& output) {
  const std::string extension =
      CLI::detail::to_lower(std::filesystem::path(output).extension().string());
  return extension == ".html" || extension == ".htm";
}

bool is_picture(const std::string& output) {
  return CLI::detail::to_lower(std::filesystem::path(output).extension().string()) == ".svg";
}

// From the page to the sound; where there is no such way, the sound's full path.
std::string link_to(const Options& options) {
  std::error_code none;
  const auto folder = std::filesystem::absolute(options.output, none).parent_path();
  const auto sound = std::filesystem::absolute(options.sound, none);
  return uri_path(sound.lexically_proximate(folder).generic_string());
}

Result<std::string> draw(const Options& options, const SpokenText& text, const Sound& sound) {
  if (!is_page(options.output)) return plot_svg(text, sound, options.plot);
  return plot_page(text, sound, options.plot, options.link_audio ? link_to(options) : "");
}

int plot(Options& options) {
  const Result<std::string> json = read_whole(options.transcript, kMaxTranscriptBytes);
  if (!json) {
    complain(json.error().message);
    return kFailure;
  }
  const std::string name = options.transcript == "-" ? "standard input" : options.transcript;
  const Result<SpokenText> text = parse_spoken(*json, name, options.sound);
  if (!text) {
    complain(text.error().message);
    return kFailure;
  }
  const Result<Sound> sound = read_sound(options.sound);
  if (!sound) {
    complain(options.sound, sound.error());
    return kFailure;
  }
  if (options.plot.title.empty()) {
    options.plot.title = std::filesystem::path(options.sound).filename().string();
  }
  const Result<std::string> drawn = draw(options, *text, *sound);
  if (!drawn) {
    complain(options.sound, drawn.error());
    return kFailure;
  }
  const Status written = write_whole(options.output, *drawn);
  if (!written) {
    complain(written.error().message);
    return kFailure;
  }
  return kOk;
}

std::string check_output(const std::string& output) {
  return is_page(output) || is_picture(output)
             ? ""
             : "\"" + output + "\" ends neither with .svg nor with .html";
}

}  // namespace

Run add_plot(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "plot", "A transcript and its sound as a picture (SVG), or as a page that plays (HTML)");
  auto options = std::make_shared<Options>();
  command
      ->add_option("transcript", options->transcript,
                   "What transcribe --json printed, best with --word-timestamps; - reads the "
                   "standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("sound", options->sound, "The sound file that was transcribed")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("-o,--output", options->output,
                   "The file to write: .svg, or .html, which holds the sound to click on")
      ->required()
      ->type_name("FILE")
      ->check(CLI::Validator(check_output, ""));
  command->add_flag("--link-audio", options->link_audio,
                    "The page plays the sound file itself, from where it is now: for long sound");
  command->add_option("--title", options->plot.title, "By default the sound file's name");
  command
      ->add_option("--row-seconds", options->plot.row_seconds,
                   "Sound in one row; by default 15 with the times of words, else 30")
      ->check(CLI::Range(1.0, 3600.0));
  command
      ->add_option("--pause", options->plot.pause_seconds,
                   "Seconds without words that are marked as a pause")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str();
  command->footer(
      "Examples:\n"
      "  sotto transcribe -m tiny.en.gguf --json --word-timestamps talk.wav > talk.json\n"
      "  sotto plot talk.json talk.wav -o talk.svg\n"
      "  sotto plot talk.json talk.wav -o talk.html              # click a word to hear it");
  return [options] { return plot(*options); };
}

}  // namespace sotto::tools
