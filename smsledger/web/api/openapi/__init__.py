"""/openapi.json: the API's description, made from the code that it describes.

    ../pages.py, ../ingest.py, …  -> operation.py  -> document.py
    rows.py, message_json.py      -> schemas.py    ->
    errors.py, refusals.py        -> responses.py  ->

The facts about an operation stand beside the resource that serves it, those about the fields of
its rows in `fields.py`, the examples in `examples.py`. `tests/web/api/test_openapi.py` compares
them with the code.
"""
