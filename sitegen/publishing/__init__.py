"""The one writer: path checks, staging, and the exchange of whole trees."""
