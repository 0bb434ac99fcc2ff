"""The client API as an OpenAPI document, written from the code: `python -m tools.openapi`."""
