"""The pages of the site as values: their views, and how they are composed. Pure."""
