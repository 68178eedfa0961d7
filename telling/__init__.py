"""Saying things in words, in the language of whoever reads: values, events, plans, changes.

It works on views as they are answered: plain data, so that the command line and a report say the same of them.
"""
