"""Files that the package ships: the demo catalogue."""
