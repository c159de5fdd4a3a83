"""usage: embed.py OUTPUT.cpp MODULE.py...: writes them into a C++ source, as text and as this Python has compiled them.

Compiling them takes Python longer than loading all that they import, and each command that reads a configuration would.
"""

import importlib.util
import marshal
import pathlib
import sys

PIECE = 100  # bytes of a line


def escaped(byte):
    return chr(byte) if 32 <= byte < 127 and chr(byte) not in '"\\?' else f"\\{byte:03o}"


def literal(data):
    pieces = [data[at : at + PIECE] for at in range(0, len(data), PIECE)] or [b""]
    return "\n".join(f'    "{"".join(map(escaped, piece))}"' for piece in pieces)


def main(output, *files):
    text = '#include "script/sources.hpp"\n\n'
    text += '#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n'
    text += "namespace carillon::script {\n\nnamespace {\n\n"
    table = ""
    for file in map(pathlib.Path, files):
        name, source = file.stem, file.read_bytes()
        code = marshal.dumps(compile(source, f"<carillon._{name}>", "exec", dont_inherit=True))
        for kind, data in (("text", source), ("code", code)):
            text += f"constexpr char k_{kind}_{name}[] =\n{literal(data)};\n"
        table += f'    {{"{name}", {{k_text_{name}, {len(source)}}}, {{k_code_{name}, {len(code)}}}}},\n'
    magic = int.from_bytes(importlib.util.MAGIC_NUMBER, "little")
    text += (
        f"\nconstexpr Source kSources[] = {{\n{table}}};\n\n}}  // namespace\n\n#pragma GCC diagnostic pop\n\n"
        "std::span<const Source> sources_of_python() { return kSources; }\n\n"
        f"long magic_of_code() {{ return {magic}L; }}\n\n}}  // namespace carillon::script\n"
    )
    pathlib.Path(output).write_text(text, encoding="ascii")


main(*sys.argv[1:])
