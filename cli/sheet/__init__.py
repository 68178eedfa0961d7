"""CSV tables that people fill in with a spreadsheet: columns, reading of cells and rows, and writing."""
