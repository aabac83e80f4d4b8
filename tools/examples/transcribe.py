#!/usr/bin/env python3
"""Python through ctypes: transcribe.py LIBRARY MODEL SOUND, say libsotto.so. No package needed."""
import ctypes
import sys

library, model_file, sound_file = sys.argv[1:]
sotto = ctypes.CDLL(library)
Segment = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
for name in ("model_load", "session_new", "hooks_new", "transcribe_file"):
    getattr(sotto, f"sotto_{name}").restype = ctypes.c_void_p
for name in ("error_message", "segment_text"):
    getattr(sotto, f"sotto_{name}").restype = ctypes.c_char_p
for name in ("segment_start", "segment_end"):
    getattr(sotto, f"sotto_{name}").restype = ctypes.c_double


def call(name, *arguments):
    """The object that the function makes, or an exception with its error."""
    error = ctypes.c_void_p()
    made = getattr(sotto, f"sotto_{name}")(*arguments, ctypes.byref(error))
    if not made:
        raise RuntimeError(sotto.sotto_error_message(error).decode())
    return ctypes.c_void_p(made)


@Segment
def print_segment(_, segment):
    segment = ctypes.c_void_p(segment)
    start, end = sotto.sotto_segment_start(segment), sotto.sotto_segment_end(segment)
    print(f"{start:.2f} {end:.2f} {sotto.sotto_segment_text(segment).decode()}")


model = call("model_load", model_file.encode(), None)
session = call("session_new", model, None)
hooks = ctypes.c_void_p(sotto.sotto_hooks_new())
sotto.sotto_hooks_segment(hooks, print_segment, None)
transcript = call("transcribe_file", session, sound_file.encode(), None, hooks)
for made, kind in ((transcript, "transcript"), (hooks, "hooks"), (session, "session"),
                   (model, "model")):
    getattr(sotto, f"sotto_{kind}_free")(made)
