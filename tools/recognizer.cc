#include "tools/recognizer.h"

#include <string>
#include <utility>

#include "tools/model_store.h"

namespace sotto::tools {

Result<Recognizer> open_recognizer(const DecodingOptions& options) {
  const Result<std::string> file = resolve_model(options.model);
  if (!file) return file.error();
  Result<Model> model = Model::load(*file, options.load);
  if (!model) return std::move(model).error();
  Result<Session> session = Session::create(*model, options.session);
  if (!session) return std::move(session).error();
  return Recognizer{*std::move(model), *std::move(session)};
}

}  // namespace sotto::tools
