"""Write docs/openapi.json anew."""

from tools.openapi.document import FILE, document, written

FILE.write_text(written(document()), "utf-8")
