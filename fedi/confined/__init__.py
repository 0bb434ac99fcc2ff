"""Processes that read what strangers wrote: pictures, films, models. Started, spoken to and bounded here."""
