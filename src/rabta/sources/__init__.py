"""Others' measurements, one file or folder per source."""
