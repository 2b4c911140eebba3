"""The layout: the cells of every range, the addresses in every formula."""
