"""Files into catalogues, and catalogues searched: rows, columns, filters, index, update."""
