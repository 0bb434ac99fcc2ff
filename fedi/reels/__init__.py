"""What moves: animations and clips, taken apart and put together in a confined process."""
