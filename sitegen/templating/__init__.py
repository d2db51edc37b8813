"""The Template Engine: a page in, bytes out."""
