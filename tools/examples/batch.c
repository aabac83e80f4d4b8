/* Every sound of a folder, errors beside texts: batch MODEL FOLDER */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <sotto/sotto.h>
#include <stdio.h>

int main(int argc, char** argv) {
  sotto_error* error = NULL;
  sotto_model* model = sotto_model_load(argc == 3 ? argv[1] : NULL, NULL, &error);
  sotto_session* session = model ? sotto_session_new(model, NULL, &error) : NULL;
  if (!session) return fprintf(stderr, "%s\n", sotto_error_message(error)), 1;
  DIR* folder = opendir(argv[2]);
  int failures = folder == NULL;
  for (struct dirent* entry; folder && (entry = readdir(folder)) != NULL;) {
    char path[4096];
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", argv[2], entry->d_name);
    sotto_transcript* transcript = sotto_transcribe_file(session, path, NULL, NULL, &error);
    printf("%s: %s\n", entry->d_name,
           transcript ? sotto_transcript_text(transcript) : sotto_error_message(error));
    failures += transcript == NULL;
    sotto_error_free(error);
    sotto_transcript_free(transcript);
  }
  if (folder) closedir(folder);
  sotto_session_free(session);
  sotto_model_free(model);
  return failures > 0;
}
