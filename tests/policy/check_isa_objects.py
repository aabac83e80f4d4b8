#!/usr/bin/env python3
"""Fails if an object built with special instruction-set flags defines a symbol that the linker may
share with other objects. Usage: check_isa_objects.py BUILD_DIR

Such a symbol (nm kinds W and u: weak or unique code) is an inline function compiled, say, for AVX2;
the linker may keep that copy for code that runs on every CPU.
"""
import pathlib
import re
import subprocess
import sys


def main(build):
    bad, seen = [], 0
    for obj in sorted(build.rglob("*.o")):
        if not re.search(r"_(avx2|avxvnni|avx512|avx512vnni|avx512bf16|amx|neon|neondot|neoni8mm)\.cc\.o$", obj.name):
            continue
        seen += 1
        listing = subprocess.run(["nm", "-C", "--defined-only", obj], capture_output=True, text=True, check=True)
        for line in listing.stdout.splitlines():
            kind, symbol = line.split(maxsplit=2)[1:]
            if kind in "Wu":  # V is weak data, type information under UBSan: harmless
                bad.append(f"{obj.name}: {kind} {symbol}")
    print("\n".join(bad) or f"{seen} objects clean")
    return 1 if bad or seen == 0 else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
