"""The peers' programs, written for this as their own documentation would have a good user write them."""
