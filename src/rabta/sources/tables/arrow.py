"""A result of DuckDB in parts, as arrays, so that it is never in memory as a whole.

What numpy is given otherwise is one array of all rows. DuckDB hands out parts only by
the Arrow C stream interface (arrow.apache.org/docs/format/CStreamInterface.html), of
which this reads what columns of numbers and of text need.
"""

import ctypes
from collections.abc import Iterator
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray


INTEGERS, HASHES, DOUBLES, TEXTS = "l", "L", "g", "u"
"""Formats of a column: BIGINT, UBIGINT, DOUBLE, VARCHAR."""
_KINDS: Final = {INTEGERS: np.int64, HASHES: np.uint64, DOUBLES: np.float64}


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.POINTER(_Schema)),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))),
    ("private", ctypes.c_void_p),
]
_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.POINTER(_Array)),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))),
    ("private", ctypes.c_void_p),
]
_Stream._fields_ = [
    (
        "get_schema",
        ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema)
        ),
    ),
    (
        "get_next",
        ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array)),
    ),
    (
        "get_last_error",
        ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream)),
    ),
    ("release", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))),
    ("private", ctypes.c_void_p),
]

_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class Texts:
    """One column of text; a cell is decoded when it is asked for."""

    def __init__(self, array: Any) -> None:
        stop = array.offset + array.length + 1
        self._starts = _view(array.buffers[1], np.dtype(np.int32), stop)[array.offset :]
        self._data = int(array.buffers[2] or 0)

    def __getitem__(self, place: int) -> str:
        start, stop = int(self._starts[place]), int(self._starts[place + 1])
        return ctypes.string_at(self._data + start, stop - start).decode()


def parts(relation: duckdb.DuckDBPyRelation, formats: str) -> Iterator[list[Any]]:
    """Run *relation* and yield its columns, of these *formats* and without NULL.

    A column is an array (n,), or ``Texts``; the order is that of the rows. What was
    yielded is gone with the next part.

    Raises:
        duckdb.Error: while it runs, it fails.
    """
    capsule = relation.__arrow_c_stream__()  # holds the stream
    stream = ctypes.cast(
        _pointer(capsule, b"arrow_array_stream"), ctypes.POINTER(_Stream)
    )
    try:
        _check(stream, formats)
        while True:
            array = _Array()
            if stream.contents.get_next(stream, ctypes.byref(array)):
                raise _failed(stream)
            if not array.release:
                return
            try:
                if array.length:
                    yield [
                        _column(array.children[place].contents, one)
                        for place, one in enumerate(formats)
                    ]
            finally:
                array.release(ctypes.byref(array))
    finally:  # the connection does nothing else before
        stream.contents.release(stream)


def _check(stream: Any, formats: str) -> None:
    schema = _Schema()
    if stream.contents.get_schema(stream, ctypes.byref(schema)):
        raise _failed(stream)
    found = [
        schema.children[place].contents.format.decode()
        for place in range(schema.n_children)
    ]
    schema.release(ctypes.byref(schema))
    if found != list(formats):
        raise AssertionError(f"columns of {found}, not of {list(formats)}")


def _failed(stream: Any) -> duckdb.Error:
    text = stream.contents.get_last_error(stream) or b"no reason is given"
    return duckdb.Error(text.decode("utf-8", "replace"))


def _column(array: Any, form: str) -> NDArray[Any] | Texts:
    if form == TEXTS:
        return Texts(array)
    stop = array.offset + array.length
    return _view(array.buffers[1], np.dtype(_KINDS[form]), stop)[array.offset :]


def _view(address: int, kind: np.dtype[Any], count: int) -> NDArray[Any]:
    octets: Any = (ctypes.c_char * (count * kind.itemsize)).from_address(address)
    found: NDArray[Any] = np.frombuffer(octets, kind)
    return found
