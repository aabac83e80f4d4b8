// The wall between the library and its callers: the only place that catches.
#pragma once

#include <sotto/result.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <system_error>

namespace sotto::api {

// Returns body(), or what it threw as an error: allocation failures of any container, and whatever
// a library under us throws in spite of its promises. Messages of up to 15 characters allocate
// nothing.
template <typename T, typename Body>
T guarded(Body&& body) noexcept {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return Error{ErrorCode::kOutOfMemory, "out of memory"};
  } catch (const std::length_error&) {
    return Error{ErrorCode::kOutOfMemory, "out of memory"};
  } catch (const std::exception& failure) {
    try {
      return Error{ErrorCode::kInternal, failure.what()};
    } catch (...) {
    }
  } catch (...) {
  }
  return Error{ErrorCode::kInternal, "internal error"};
}

}  // namespace sotto::api
