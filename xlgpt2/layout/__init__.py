"""The plan on paper: the cells of every range, the addresses in every formula."""
