// An app that links sotto: prints what is said in a sound file.
#include <cstdio>
#include <sotto/sotto.hpp>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto model = sotto::Model::load(argv[1]);
  if (!model) return std::fprintf(stderr, "%s\n", model.error().message.c_str()), 1;
  auto session = sotto::Session::create(*model);
  const auto sound = sotto::read_sound(argv[2]);
  if (!session || !sound) return 1;
  const auto transcript = session->transcribe(sound->samples, sound->sample_rate);
  if (!transcript) return 1;
  std::printf("%s\n", transcript->text.c_str());
}
