"""Pages of the catalogue: departments, services, forms, what is covered; and their parts for other people's pages."""
