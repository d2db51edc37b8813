"""What machines and terminals read: status, text, Atom, badge, CSV, OpenMetrics. Pure; the same facts as the pages."""
