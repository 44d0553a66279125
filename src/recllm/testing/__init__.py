"""Contract suites: what every implementation of a seam must pass, for tests of your own."""
