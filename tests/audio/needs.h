// Skips a test of what the build leaves out.
#pragma once

#include <gtest/gtest.h>

#ifdef SOTTO_WITH_SNDFILE
#define SOTTO_NEEDS_SNDFILE() static_cast<void>(0)
#else
#define SOTTO_NEEDS_SNDFILE() GTEST_SKIP() << "built without libsndfile"
#endif

#ifdef SOTTO_WITH_SAMPLERATE
#define SOTTO_NEEDS_SAMPLERATE() static_cast<void>(0)
#else
#define SOTTO_NEEDS_SAMPLERATE() GTEST_SKIP() << "built without libsamplerate"
#endif
