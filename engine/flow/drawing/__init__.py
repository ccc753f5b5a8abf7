"""Flows as drawings: a picture made of plain values, and one file for each text format it can be written in."""
