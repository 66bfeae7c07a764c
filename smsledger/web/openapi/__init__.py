"""/openapi.json: the API's description, made from the code that it describes.

    parameters.py  fragment.py, rows.py  errors.py    web/: paths, what they answer
          |               |                 |                  |
          |           schemas.py       refusals.py             |
          |               |                 |                  |
          +---------------+-----------------+-- operations.py -+-- document.py

What cannot be derived, above all sentences, stands in `fields.py`, `operations.py` and
`examples.py`; `tests/web/test_openapi.py` holds each of them to the code.
"""
