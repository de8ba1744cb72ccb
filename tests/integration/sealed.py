"""Edits of checkpoints with correct checksums, as an attacker would make them.

XXH3 is from libxxhash.so.0 (Debian's libxxhash0, a dependency of libxxhash-dev).
"""
import ctypes
import json

CHECKED = ("model.safetensors", "state.safetensors")
NO_CHECKSUM = "0" * 32  # placeholder in state.json while its checksum is computed


class Hash128(ctypes.Structure):
    _fields_ = [("low64", ctypes.c_uint64), ("high64", ctypes.c_uint64)]


def xxh3_128(data):
    """32 hexadecimal digits, the higher 64 bits first, as in src/io/hash.cpp."""
    function = ctypes.CDLL("libxxhash.so.0").XXH3_128bits
    function.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    function.restype = Hash128
    digest = function(data, len(data))
    return f"{digest.high64:016x}{digest.low64:016x}"


def seal(checkpoint):
    """Updates the checksums in state.json."""
    path = checkpoint / "state.json"
    state = json.loads(path.read_text())
    state["checksum"] = NO_CHECKSUM
    state["checksums"] = {name: xxh3_128((checkpoint / name).read_bytes()) for name in CHECKED}
    text = json.dumps(state, indent=2) + "\n"
    path.write_text(text.replace(NO_CHECKSUM, xxh3_128(text.encode()), 1))


def edit_state(checkpoint, edit):
    """Edits the training state in state.json. @param edit  changes it in place"""
    path = checkpoint / "state.json"
    state = json.loads(path.read_text())
    edit(state["training"])
    path.write_text(json.dumps(state))
    seal(checkpoint)


def edit_tensors(checkpoint, edit, name="model.safetensors"):
    """Edits a file of tensors. @param edit  changes header (a dict) and data (a bytearray) in place"""
    path = checkpoint / name
    text = path.read_bytes()
    end = 8 + int.from_bytes(text[:8], "little")
    header, data = json.loads(text[8:end]), bytearray(text[end:])
    edit(header, data)
    changed = json.dumps(header).encode()
    path.write_bytes(len(changed).to_bytes(8, "little") + changed + data)
    seal(checkpoint)


def edit_metadata(checkpoint, name, edit):
    """Edits "config" or "preprocessing", stored as JSON in the metadata of the weights."""
    def edit_header(header, _):
        value = json.loads(header["__metadata__"][name])
        edit(value)
        header["__metadata__"][name] = json.dumps(value)

    edit_tensors(checkpoint, edit_header)
