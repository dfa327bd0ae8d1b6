"""Parts of pages, to be put into pages of others: whole without scripts, and without styles of their own."""
