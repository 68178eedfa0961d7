"""Texts for people, in the reader's language: values, events, plans and changes in words.

Input are the views of `domain.views.models`, so the command line, letters and reports use the same words. Only the data
of a stored event is plain JSON, because its fields are those of its kind. The wording of each concept is one module of
`telling.wording`; a new one needs no other file here.

The models are imported for annotations, and inside functions: help texts use this package and load no model.
"""
