"""Speed and size are measured here, a table each, and asserted nowhere."""
