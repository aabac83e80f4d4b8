#include "tools/recognizer.h"

#include <utility>

namespace sotto::tools {

Result<Recognizer> open_recognizer(const DecodingOptions& options) {
  Result<Model> model = Model::load(options.model, options.load);
  if (!model) return std::move(model).error();
  Result<Session> session = Session::create(*model, options.session);
  if (!session) return std::move(session).error();
  return Recognizer{*std::move(model), *std::move(session)};
}

}  // namespace sotto::tools
