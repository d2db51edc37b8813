"""The preview server: the site on loopback as production would serve it, built anew each cycle."""
