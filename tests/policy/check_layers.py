#!/usr/bin/env python3
"""Fails if a file includes what its layer may not. Usage: check_layers.py ROOT

LAYERS is the rule: a layer, and the layers it may include from besides itself. VENDORS gives every
library its one home (lib/README.md says why).
"""
import pathlib
import re
import sys

LAYERS = {
    "include": [],
    "kernels": [],
    "lib/base": ["include"],
    "lib/tensor": ["include", "lib/base"],
    "lib/graph": ["include", "lib/base", "lib/tensor", "kernels"],
    "lib/format": ["include", "lib/base", "lib/tensor"],
    "lib/audio": ["include", "lib/base"],
    "lib/text": ["include", "lib/base"],
    "lib/decode": ["include", "lib/base", "lib/text"],
    "lib/models": ["include", "lib/base", "lib/tensor", "lib/graph", "lib/format", "lib/audio",
                   "lib/text", "lib/decode"],
    "lib/convert": ["include", "lib/base", "lib/tensor", "lib/format", "lib/text"],
    "lib/api": ["include", "lib/base", "lib/tensor", "lib/graph", "lib/format", "lib/audio",
                "lib/text", "lib/decode", "lib/models", "lib/convert"],
}
VENDORS = {
    "sentencepiece": ["lib/text"],
    "Eigen/": ["lib/audio", "lib/decode"],
    "unsupported/Eigen/": ["lib/audio"],
    "utf8proc": ["lib/text"],
    "zlib": ["lib/decode"],
    "sha2": ["lib/convert", "tools"],
    "xsimd/": ["kernels"],
    "sndfile": ["lib/audio"],
    "samplerate": ["lib/audio"],
    "nlohmann/": ["lib/format", "lib/text", "tools"],
    "CLI/": ["tools"],
    "curl/": ["tools"],
}


def layer_of(path):
    path = "include/" + path if path.startswith("sotto/") else path
    known = [*LAYERS, "tools", "tests", "bench"]
    return next((k for k in known if path.startswith(k + "/")), None)


def main(root):
    bad, seen = [], 0
    for file in sorted(p for p in root.rglob("*") if p.suffix in {".h", ".hpp", ".cc"}):
        rel = file.relative_to(root).as_posix()
        layer = layer_of(rel)
        if layer is None or layer in {"tests", "bench"}:
            continue
        seen += 1
        for quoted, angled in re.findall(r'^#include (?:"([^"]+)"|<([^>]+)>)', file.read_text(), re.M):
            target = layer_of(quoted or angled)
            if quoted and target is None:
                bad.append(f"{rel}: {quoted} is not a path from the root")
            if target and layer != "tools" and target != layer and target not in LAYERS[layer]:
                bad.append(f"{rel}: {layer} must not include {quoted or angled}")
            for prefix, homes in VENDORS.items():
                if angled.startswith(prefix) and layer not in homes:
                    bad.append(f"{rel}: <{angled}> belongs to {', '.join(homes)}")
    print("\n".join(bad) or f"{seen} files clean")
    return 1 if bad or seen == 0 else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
