"""What must hold before bytes become public: leaks, markup, links, budgets. Pure."""
