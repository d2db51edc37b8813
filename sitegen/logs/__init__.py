"""The Log Parser: bytes in, records out."""
