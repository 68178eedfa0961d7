"""Texts for people, in the reader's language: values, events, plans and changes in words.

Input are views as plain data, so the command line, letters and reports use the same words. The wording of each concept
is one module of `telling.wording`; a new one needs no other file here.
"""
