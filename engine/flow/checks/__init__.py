"""The rules that need a whole flow or project, one group a file. Each file has a function `check`."""
