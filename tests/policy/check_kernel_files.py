#!/usr/bin/env python3
"""Fails unless every op has all its files and no stray one. Usage: check_kernel_files.py ROOT

An op is a folder of kernels/. It has OP.h, OP.cc (the table) and OP_ref.cc, a test and a bench; an
OP_ISA.cc must be named in the table; a helper header is OP_*.h. Every op is in kernels/CMakeLists.txt.
"""
import pathlib
import re
import sys

ISAS = ("ref", "avx2", "avxvnni", "avx512", "avx512vnni", "avx512bf16", "amx", "neon", "neondot", "neoni8mm")


def main(root):
    bad = []
    listed = set(re.findall(r"^sotto_add_kernel\((\w+)", (root / "kernels/CMakeLists.txt").read_text(), re.M))
    ops = sorted(p.name for p in (root / "kernels").iterdir() if p.is_dir())
    for op in ops:
        home = root / "kernels" / op
        if op not in listed:
            bad.append(f"kernels/CMakeLists.txt does not list {op}")
        wanted = [home / f"{op}.h", home / f"{op}.cc", home / f"{op}_ref.cc",
                  root / f"tests/kernels/{op}_test.cc", root / f"bench/kernels/{op}_bench.cc"]
        bad += [f"missing {p.relative_to(root)}" for p in wanted if not p.exists()]
        table = (home / f"{op}.cc").read_text() if (home / f"{op}.cc").exists() else ""
        for path in home.iterdir():
            variant = re.fullmatch(rf"{op}_(\w+)\.cc", path.name)
            if variant and variant[1] in ISAS:
                if f"_{variant[1]}" not in table:
                    bad.append(f"{path.relative_to(root)} is not in the table {op}.cc")
            elif path.name not in {f"{op}.h", f"{op}.cc"} and not re.fullmatch(rf"{op}_\w+\.h", path.name):
                bad.append(f"stray file {path.relative_to(root)}")
    print("\n".join(bad) or f"{len(ops)} ops complete")
    return 1 if bad or not ops else 0


sys.exit(main(pathlib.Path(sys.argv[1])))
