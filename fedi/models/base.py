"""What every table shares: ids made by the program, timestamps set by the caller."""

from tortoise import fields
from tortoise.models import Model


class Row(Model):
    """A row with a time-ordered 63-bit id (`fedi.ids`), set by whoever creates it.

    Declared as generated all the same: SQLite then makes it the table's own row number, which saves an
    index, and Tortoise's migrations cannot say anything else.
    """

    id = fields.BigIntField(primary_key=True)

    class Meta:
        """Not a table itself."""

        abstract = True
