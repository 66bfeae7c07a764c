"""/openapi.json: the API's description, made from the code that it describes.

    parameters.py                           messages.py, gateways.py,
    rows.py, fragment.py -> schemas.py   -> operations.py             -> document.py
    errors.py, refusals.py -> responses.py

What cannot be derived, above all sentences, stands in `fields.py`, `examples.py` and the three
files of operations; `tests/web/api/test_openapi.py` holds each of them to the code.
"""
