"""The plan file: its definition, its checks, calendars and deadlines."""
