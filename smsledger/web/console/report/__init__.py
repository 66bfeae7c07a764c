"""Message Reports: the page of a program, its chart, figures, rows and files."""
