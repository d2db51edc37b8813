"""The Visualization Generator: values in, figures with SVG out. Pure."""
