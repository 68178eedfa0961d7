"""Tables that people fill in with a spreadsheet: what their headings mean, and how a cell is read."""
